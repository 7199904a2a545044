//! Subscribes to topics and prints what comes, with the habits of mosquitto_sub.
//!
//! ```sh
//! cargo run --example subscribe -- -t 'area/10/sensor/+/temperature' -q 1 -v
//! cargo run --example subscribe -- --help
//! ```

mod stop;
mod subscriber;

use std::process::ExitCode;

use puremqtt_examples::client::subscribe::{Subscribe, TIMED_OUT, help};
use stop::{Stop, Why};
use subscriber::{End, Subscriber};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = match Subscribe::parse(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(stop) => return stop.report("subscribe", &help()),
    };
    let mut stop = Stop::new(options.timeout);
    match Subscriber::new(&options).run(&mut stop).await {
        Ok(End::Stopped(Why::Time)) => {
            eprintln!("Timed out");
            TIMED_OUT.into()
        }
        Ok(End::Done | End::Stopped(Why::Signal)) => ExitCode::SUCCESS,
        // As when somebody has seen enough of it: `subscribe -t '#' | head`.
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_status().into()
        }
    }
}
