//! SUBSCRIBE and UNSUBSCRIBE: a decision for each filter.

use std::time::Duration;

use puremqtt::{
    Cause, Encoder, ReasonCode, RetainHandling, Rope, SubAck, Subscribe, Subscription,
    SubscriptionIdentifier, TopicFilter, Unsubscribe,
};

use super::client::Client;
use super::link::LinkNo;
use super::routing::Granted;
use super::{Broker, ClientNo};

impl Broker {
    pub(super) fn subscribe(
        &mut self,
        no: LinkNo,
        subscribe: Subscribe<'_>,
        encoder: &mut Encoder,
        output: &mut Rope,
        now: Duration,
    ) -> Result<(), Cause> {
        let Some(client) = self.client_of(no) else {
            return Ok(());
        };
        let identifier = subscribe.properties.subscription_identifier();
        // [3.1.1/MQTT-3.8.4-4] [5.0/MQTT-3.8.4-5] As if each had come in a packet of its own.
        let reasons: Vec<_> = subscribe
            .subscriptions
            .iter()
            .map(|subscription| self.decide(client, subscription, identifier))
            .collect();
        // [3.1.1/MQTT-3.8.4-1] [5.0/MQTT-3.8.4-1] [3.1.1/MQTT-3.9.3-1] [5.0/MQTT-3.9.3-1]
        // One answer, whose codes are in the order of the filters.
        let suback = SubAck::new(subscribe.packet_id, (&reasons[..]).into());
        if let Some(connection) = self.connection(no) {
            // The connection has just taken the request.
            if let Ok(suback) = connection.suback(suback) {
                self.send(no, suback, encoder, output)?;
            }
        }
        self.refill(no, now);
        Ok(())
    }

    /// What becomes of one filter.
    fn decide(
        &mut self,
        client: ClientNo,
        subscription: Subscription<'_>,
        identifier: Option<SubscriptionIdentifier>,
    ) -> ReasonCode {
        let Subscription {
            filter,
            mut options,
        } = subscription;
        let levels = || filter.without_share().levels().count();
        let config = &self.config;
        if config.max_topic_levels.is_some_and(|most| levels() > most) {
            return ReasonCode::TOPIC_FILTER_INVALID;
        }
        // [3.1.1/MQTT-3.8.3-2] In MQTT 5 it would not have come this far.
        if !self.limits.wildcard_subscription_available && filter.has_wildcards() {
            return ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
        }
        let may = |client: &Client| client.rights.may_subscribe(filter);
        if !self.clients.get(client.0).is_some_and(may) {
            return ReasonCode::NOT_AUTHORIZED;
        }
        // [5.0/MQTT-3.2.2-10]
        options.qos = options.qos.min(self.limits.maximum_qos);
        // [3.1.1/MQTT-3.8.4-3] [5.0/MQTT-3.8.4-3] [5.0/MQTT-3.8.4-4] In the place of the same one.
        let before = self.subscriptions.insert(
            filter,
            client,
            Granted {
                options,
                identifier,
            },
        );
        // [5.0/MQTT-3.3.1-9] [5.0/MQTT-3.3.1-10] [5.0/MQTT-3.3.1-11]
        let sends = match options.retain_handling {
            RetainHandling::SendAtSubscribe => true,
            RetainHandling::SendIfNew => before.is_none(),
            RetainHandling::DoNotSend => false,
        };
        // Never to a shared subscription (5, section 4.8.2).
        if sends && !filter.is_shared() {
            self.want_retained(client, filter, options, identifier);
        }
        self.note_subscription(client, filter.into());
        // [5.0/MQTT-3.8.4-7]
        ReasonCode::granted(options.qos)
    }

    pub(super) fn unsubscribe(
        &mut self,
        no: LinkNo,
        unsubscribe: Unsubscribe<'_>,
        encoder: &mut Encoder,
        output: &mut Rope,
    ) -> Result<(), Cause> {
        let Some(client) = self.client_of(no) else {
            return Ok(());
        };
        // [3.1.1/MQTT-3.10.4-6] [5.0/MQTT-3.10.4-6] [5.0/MQTT-3.11.3-1] In their order.
        let reasons: Vec<_> = unsubscribe
            .filters
            .iter()
            .map(|filter| self.forget_filter(client, filter))
            .collect();
        // [3.1.1/MQTT-3.10.4-4] [3.1.1/MQTT-3.10.4-5] [5.0/MQTT-3.10.4-4] [5.0/MQTT-3.10.4-5]
        // In each case.
        let unsuback = SubAck::new(unsubscribe.packet_id, (&reasons[..]).into());
        if let Some(connection) = self.connection(no) {
            // The connection has just taken the request.
            if let Ok(unsuback) = connection.unsuback(unsuback) {
                self.send(no, unsuback, encoder, output)?;
            }
        }
        Ok(())
    }

    fn forget_filter(&mut self, no: ClientNo, filter: TopicFilter<'_>) -> ReasonCode {
        if let Some(client) = self.clients.get_mut(no.0) {
            client.retained.remove(filter);
        }
        // [3.1.1/MQTT-3.10.4-2] [5.0/MQTT-3.10.4-2]
        match self.subscriptions.remove(filter, &no) {
            Some(_) => {
                self.note_subscription(no, filter.into());
                ReasonCode::SUCCESS
            }
            None => ReasonCode::NO_SUBSCRIPTION_EXISTED,
        }
    }
}
