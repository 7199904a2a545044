//! MQTT 5: sections 4.3 to 4.6, the exchanges of QoS 1 and 2, and their order.

use super::*;

#[test]
fn v5_0_mqtt_4_3_1_1_qos_0_is_sent_once_and_forgotten() {
    let mut party = Party::new(V5);
    assert_eq!(party.publish(QoS::AtMostOnce), ["30 05 00 01 61 00 78"]);
    assert!(party.session.is_empty());
}

#[test]
fn v5_0_mqtt_4_3_2_1_each_message_of_qos_1_has_an_identifier_of_its_own() {
    let mut party = Party::new(V5);
    party.publish(QoS::AtLeastOnce);
    party.publish(QoS::AtLeastOnce);
    assert_eq!(party.in_flight(), [1, 2]);
    party.completes("40 02 00 01");
    party.publish(QoS::AtLeastOnce);
    assert_eq!(party.in_flight(), [2, 3]);
}

#[test]
fn v5_0_mqtt_4_3_2_2_qos_1_is_sent_without_dup() {
    let mut party = Party::new(V5);
    assert_eq!(
        party.publish(QoS::AtLeastOnce),
        ["32 07 00 01 61 00 01 00 78"]
    );
}

#[test]
fn v5_0_mqtt_4_3_2_3_qos_1_is_unacknowledged_until_its_puback() {
    for (puback, reason) in [("40 02 00 01", 0), ("40 03 00 01 87", 0x87)] {
        let mut party = Party::new(V5);
        party.publish(QoS::AtLeastOnce);
        assert!(party.is_unknown("40 02 00 02"));
        assert_eq!(party.in_flight(), [1]);
        assert_eq!(party.completes(puback), reason);
        assert!(party.session.is_empty());
    }
}

#[test]
fn v5_0_mqtt_4_3_2_4_puback_bears_the_identifier_once_the_message_is_taken() {
    let mut party = Party::new(V5);
    assert!(party.takes("32 06 00 01 61 00 01 00"));
    assert_eq!(party.sent(), NONE);
    party.acknowledge_all();
    assert_eq!(party.sent(), ["40 02 00 01"]);
}

#[test]
fn v5_0_mqtt_4_3_2_5_after_puback_an_identifier_is_new_whatever_its_dup() {
    let mut party = Party::new(V5);
    assert_eq!(party.handles("32 06 00 01 61 00 01 00"), ["40 02 00 01"]);
    assert_eq!(party.handles("3a 06 00 01 61 00 01 00"), ["40 02 00 01"]);
}

#[test]
fn v5_0_mqtt_4_3_3_1_each_message_of_qos_2_has_an_identifier_of_its_own() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.publish(QoS::ExactlyOnce);
    party.replies("50 02 00 01");
    assert_eq!(party.in_flight(), [1, 2]);
    assert_eq!(party.completes("50 03 00 02 80"), 0x80);
    assert_eq!(party.in_flight(), [1]);
    party.completes("70 02 00 01");
    assert!(party.session.is_empty());
}

#[test]
fn v5_0_mqtt_4_3_3_2_qos_2_is_sent_without_dup() {
    let mut party = Party::new(V5);
    assert_eq!(
        party.publish(QoS::ExactlyOnce),
        ["34 07 00 01 61 00 01 00 78"]
    );
}

#[test]
fn v5_0_mqtt_4_3_3_3_a_publish_of_qos_2_is_unacknowledged_until_its_pubrec() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.reconnect();
    assert_eq!(party.sent(), ["3c 07 00 01 61 00 01 00 78"]);
}

#[test]
fn v5_0_mqtt_4_3_3_4_a_pubrec_below_80_is_answered_by_pubrel() {
    for (pubrec, reason) in [("50 02 00 01", 0), ("50 03 00 01 10", 0x10)] {
        let mut party = Party::new(V5);
        party.publish(QoS::ExactlyOnce);
        assert_eq!(party.replies(pubrec), "62 02 00 01");
        assert_eq!(party.completes("70 02 00 01"), reason);
    }
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    assert_eq!(party.completes("50 03 00 01 87"), 0x87);
    assert_eq!(party.replies("50 02 00 09"), "62 03 00 09 92");
}

#[test]
fn v5_0_mqtt_4_3_3_5_a_pubrel_is_unacknowledged_until_its_pubcomp() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.replies("50 02 00 01");
    party.reconnect();
    assert_eq!(party.sent(), ["62 02 00 01"]);
    party.completes("70 02 00 01");
    party.reconnect();
    assert_eq!(party.sent(), NONE);
}

#[test]
fn v5_0_mqtt_4_3_3_6_a_publish_is_not_sent_again_after_its_pubrel() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.replies("50 02 00 01");
    for _ in 0..3 {
        party.reconnect();
        assert_eq!(party.sent(), ["62 02 00 01"]);
    }
}

#[test]
fn v5_0_mqtt_4_3_3_7_a_message_does_not_expire_once_it_was_sent() {
    let mut party = Party::new(V5);
    let message = Message::from(&Publish {
        message_expiry_interval: Some(2),
        ..Publish::new(A, b"x")
    });
    let terms = message.terms(QoS::ExactlyOnce, party.now);
    party.session.publish(message, terms, party.now).unwrap();
    assert_eq!(party.sent(), ["34 0c 00 01 61 00 01 05 02 00 00 00 02 78"]);
    party.now += Duration::from_secs(5);
    party.session.expire(party.now);
    party.reconnect();
    // It has no time left, and is sent all the same.
    assert_eq!(party.sent(), ["3c 0c 00 01 61 00 01 05 02 00 00 00 00 78"]);
}

#[test]
fn v5_0_mqtt_4_3_3_8_pubrec_bears_the_identifier_once_the_message_is_taken() {
    let mut party = Party::new(V5);
    assert!(party.takes("34 06 00 01 61 00 01 00"));
    assert_eq!(party.sent(), NONE);
    party.acknowledge_all();
    assert_eq!(party.sent(), ["50 02 00 01"]);
}

#[test]
fn v5_0_mqtt_4_3_3_9_after_a_refusal_an_identifier_is_new() {
    let mut party = Party::new(V5);
    assert!(party.takes("34 06 00 01 61 00 01 00"));
    let receipt = party.receipts.pop().unwrap();
    assert!(party.session.refuse(receipt, ReasonCode::NOT_AUTHORIZED));
    assert_eq!(party.sent(), ["50 03 00 01 87"]);
    assert_eq!(party.handles("34 06 00 01 61 00 01 00"), ["50 02 00 01"]);
}

#[test]
fn v5_0_mqtt_4_3_3_10_a_repeat_has_its_pubrec_and_no_delivery() {
    let mut party = Party::new(V5);
    party.handles("34 06 00 01 61 00 01 00");
    assert_eq!(party.replies("3c 06 00 01 61 00 01 00"), "50 02 00 01");
    party.reconnect();
    assert_eq!(party.replies("3c 06 00 01 61 00 01 00"), "50 02 00 01");
    party.restart();
    assert_eq!(party.replies("3c 06 00 01 61 00 01 00"), "50 02 00 01");
}

#[test]
fn v5_0_mqtt_4_3_3_11_a_pubrel_has_its_pubcomp() {
    let mut party = Party::new(V5);
    party.handles("34 06 00 01 61 00 01 00");
    assert_eq!(party.replies("62 02 00 01"), "70 02 00 01");
    assert_eq!(party.replies("62 02 00 09"), "70 03 00 09 92");
}

#[test]
fn v5_0_mqtt_4_3_3_12_after_pubcomp_an_identifier_is_new() {
    let mut party = Party::new(V5);
    party.handles("34 06 00 01 61 00 01 00");
    party.replies("62 02 00 01");
    assert_eq!(party.handles("34 06 00 01 61 00 01 00"), ["50 02 00 01"]);
}

#[test]
fn v5_0_mqtt_4_3_3_13_an_exchange_goes_on_though_its_message_has_expired() {
    let mut party = Party::new(V5);
    // Two seconds to live, and nobody looks at it before they are over.
    party.handles("34 0b 00 01 61 00 01 05 02 00 00 00 02");
    party.now += Duration::from_secs(5);
    party.session.expire(party.now);
    assert_eq!(party.replies("62 02 00 01"), "70 02 00 01");
}

#[test]
fn v5_0_mqtt_4_4_0_1_what_is_unacknowledged_is_sent_again_on_a_new_connection_alone() {
    let mut party = Party::new(V5);
    party.queue(QoS::AtLeastOnce, b"");
    party.queue(QoS::ExactlyOnce, b"");
    party.sent();
    party.replies("50 02 00 02");
    party.now += Duration::from_secs(3_600);
    assert_eq!(party.sent(), NONE);
    party.reconnect();
    assert_eq!(party.sent(), ["62 02 00 02", "3a 06 00 01 61 00 01 00"]);
}

#[test]
fn v5_0_mqtt_4_4_0_2_what_was_refused_is_not_sent_again() {
    let mut party = Party::new(V5);
    party.publish(QoS::AtLeastOnce);
    party.publish(QoS::ExactlyOnce);
    assert_eq!(party.completes("40 03 00 01 87"), 0x87);
    assert_eq!(party.completes("50 03 00 02 97"), 0x97);
    party.reconnect();
    assert_eq!(party.sent(), NONE);
}

#[test]
fn v5_0_mqtt_4_5_0_2_a_client_acknowledges_what_it_never_asked_for() {
    let mut party = Party::new(V5);
    assert_eq!(party.handles("32 07 00 02 7a 7a 00 03 00"), ["40 02 00 03"]);
}

#[test]
fn v5_0_mqtt_4_6_0_1_re_sends_go_in_the_order_of_the_first_sending() {
    re_sends_are_in_order(V5, ["3a 06 00 01 61", "3c 06 00 01 61"], " 00");
}

#[test]
fn v5_0_mqtt_4_6_0_2_pubacks_go_in_the_order_of_the_publishes() {
    let mut party = Party::new(V5);
    for packet_id in ["07", "03", "09"] {
        assert!(party.takes(&format!("32 06 00 01 61 00 {packet_id} 00")));
    }
    answers_are_in_order(party, ["40 02 00 07", "40 02 00 03", "40 02 00 09"]);
}

#[test]
fn v5_0_mqtt_4_6_0_3_pubrecs_go_in_the_order_of_the_publishes() {
    let mut party = Party::new(V5);
    for packet_id in ["07", "03", "09"] {
        assert!(party.takes(&format!("34 06 00 01 61 00 {packet_id} 00")));
    }
    answers_are_in_order(party, ["50 02 00 07", "50 02 00 03", "50 02 00 09"]);
}

#[test]
fn v5_0_mqtt_4_6_0_4_pubrels_go_in_the_order_of_the_pubrecs() {
    pubrels_are_in_order(V5);
}
