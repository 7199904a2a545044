//! A client over tokio: publishes readings, prints what comes in, and goes on with its session
//! when the connection breaks: `cargo run --example tokio_client -- 127.0.0.1:1883`.

mod sensor;

use std::{convert::Infallible, error::Error, time::Duration};

use futures_util::{SinkExt, StreamExt};
use puremqtt::*;
use sensor::Reading;
use tokio::{net::TcpStream, sync::mpsc, sync::oneshot, time::Instant, time::sleep_until};
use tokio_util::codec::Framed;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (address, connect) = sensor::arguments(Version::V5)?;
    let (sender, mut readings) = mpsc::channel(8);
    tokio::spawn(measure(sender));
    let start = Instant::now(); // of the session's time
    let mut session = Session::new().known_to_server();
    loop {
        let stream = TcpStream::connect(&address).await?;
        let mut framed = Framed::new(stream, FrameCodec::client(connect.version));
        let mut connection = ClientConnection::new(session, &connect, start.elapsed());
        framed.send(connect.into()).await?;
        let Err(cause) = run(&mut connection, &mut framed, &mut readings, start).await;
        let closed = connection.close(cause);
        if let Some(farewell) = closed.farewell {
            framed.send(farewell.packet()).await?;
        }
        match cause {
            Cause::Lost => session = closed.session,
            Cause::Reason(ReasonCode::NORMAL_DISCONNECTION) => return Ok(()),
            other => return Err(other.into()),
        }
    }
}

async fn measure(readings: mpsc::Sender<Reading>) {
    for value in sensor::VALUES {
        let (arrived, answer) = oneshot::channel();
        let reading = Reading::new(value, |reason| arrived.send(reason));
        let _ = readings.send(reading).await;
        println!("{value} arrived: {:?}", answer.await);
    }
}

/// One connection, until it breaks or there are no more readings.
async fn run(
    connection: &mut ClientConnection<Reading>,
    framed: &mut Framed<TcpStream, FrameCodec>,
    readings: &mut mpsc::Receiver<Reading>,
    start: Instant,
) -> Result<Infallible, Cause> {
    let now = || start.elapsed();
    loop {
        let codec = framed.codec_mut();
        connection.configure(&mut codec.decoder, &mut codec.encoder);
        while let Some(next) = connection.transmit(now()) {
            framed.feed(next.packet()).await?;
            next.sent();
        }
        // Whose exchange the server has lost: their sensor hears it.
        while connection.dropped().is_some() {}
        framed.flush().await?;
        let deadline = connection.deadline().unwrap_or(Duration::from_secs(3600));
        tokio::select! {
            frame = framed.next() => {
                let frame = frame.ok_or(Cause::Lost)??;
                let Some((packet, _)) = framed.codec_mut().decoder.decode(&frame)? else { continue };
                let Received { event, reply } = connection.receive(packet, now())?;
                match event {
                    Some(Event::Refused(refusal)) => Err(refusal.connack.reason)?,
                    Some(Event::Connected { .. }) => {
                        if let Ok(subscribe) = connection.subscribe(&sensor::WANTED, now()) {
                            framed.feed(subscribe.into()).await?;
                        }
                    }
                    Some(Event::Published { message, reason, .. }) => sensor::arrived(message, reason),
                    Some(Event::Message(publish, receipt)) => {
                        println!("{}: {}", publish.topic, publish.payload.escape_ascii());
                        receipt.map(|receipt| connection.acknowledge(receipt));
                    }
                    _ => {}
                }
                if let Some(reply) = reply { framed.feed(reply.into()).await? }
            }
            reading = readings.recv() => {
                let reading = reading.ok_or(ReasonCode::NORMAL_DISCONNECTION)?;
                let terms = reading.terms(now());
                drop(connection.publish(reading, terms, now())); // or it is handed back
            }
            () = sleep_until(start + deadline) => {
                if let Some(ping) = connection.poll(now())? { framed.feed(ping.into()).await? }
            }
        }
    }
}
