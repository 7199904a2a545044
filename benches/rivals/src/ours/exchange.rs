//! QoS 1 and 2, both sides in memory.

use puremqtt::QoS;

use crate::case::{Case, Exchange, OURS, Run};
use crate::meter::measure;
use connections::Connections;
use halves::Halves;
use sessions::Sessions;

#[path = "../../../exchange/connections.rs"]
mod connections;
#[path = "../../../exchange/halves.rs"]
mod halves;
#[path = "../../../exchange/sessions.rs"]
mod sessions;
#[path = "../../../exchange/workload.rs"]
mod workload;

/// Over the wire with sessions, with the bare halves of an exchange and with
/// whole connections; the state alone with the halves.
pub fn cases(exchange: Exchange, wire: bool) -> Vec<Case> {
    let Exchange { window, .. } = exchange;
    if wire {
        vec![
            Case::new(OURS, move || {
                run(Sessions::new(window), Sessions::over_wire, exchange)
            }),
            Case::new("puremqtt, bare halves", move || {
                run(Halves::new(window), Halves::over_wire, exchange)
            }),
            Case::new("puremqtt, connections", move || {
                run(Connections::new(window), Connections::over_wire, exchange)
            }),
        ]
    } else {
        vec![Case::new(OURS, move || {
            run(Halves::new(window), Halves::state_alone, exchange)
        })]
    }
}

fn run<P: 'static>(
    mut pair: P,
    work: fn(&mut P, workload::Exchange) -> usize,
    exchange: Exchange,
) -> Run {
    let qos = match exchange.qos {
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    };
    let Exchange {
        window, messages, ..
    } = exchange;
    let of = move |messages| workload::Exchange {
        qos,
        window,
        messages,
    };
    // Its tables grow here, once.
    work(&mut pair, of(window));
    Box::new(move || {
        let (delivered, sample) = measure(|| work(&mut pair, of(messages)));
        assert_eq!(delivered, messages);
        sample
    })
}
