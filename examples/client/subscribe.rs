//! The options of `subscribe`.

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::time::Duration;

use puremqtt::{OwnedTopicFilter, QoS, TopicFilter, Version};

use super::arguments::{Arguments, Stop};
use super::connection::{self, Connection};
use super::format::{self, Format, Output};

/// What to subscribe to, and what to do with what comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe {
    pub connection: Connection,
    /// At least one.
    pub filters: Vec<OwnedTopicFilter>,
    pub qos: QoS,
    pub output: Output,
    /// Whether a line ends after each message.
    pub end_lines: bool,
    /// How many messages are enough.
    pub count: Option<NonZeroU64>,
    /// How long to wait at most; status 27 then.
    pub timeout: Option<Duration>,
    /// Whether to leave as soon as the subscriptions are there.
    pub exit_when_subscribed: bool,
}

/// The exit status after the time of `-W`.
pub const TIMED_OUT: u8 = 27;

pub fn help() -> String {
    format!(
        "Subscribes to topics and prints what comes.\n\n\
         Usage: subscribe [OPTION]... -t FILTER...\n\n \
         -t FILTER more than once for more than one\n \
         -q QOS    0, 1 or 2; 0 if not given\n \
         -C COUNT  leave after so many messages\n \
         -W SECONDS  leave after that time, with status {TIMED_OUT}\n \
         -E        leave when the subscriptions are there\n \
         -v        print the topic before the payload\n \
         -N        do not end the line after a message\n\
         {}{}",
        format::HELP,
        connection::HELP
    )
}

impl Subscribe {
    /// `arguments` are without the name of the program.
    pub fn parse<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Result<Self, Stop> {
        let mut arguments = Arguments::new(arguments);
        let mut common = connection::Options::default();
        let mut filters = Vec::new();
        let (mut qos, mut count, mut timeout) = (QoS::default(), None, None);
        let (mut verbose, mut format) = (false, None);
        let (mut end_lines, mut exit_when_subscribed) = (true, false);
        while let Some(option) = arguments.advance()?.map(str::to_owned) {
            match option.as_str() {
                "-t" => filters.push(arguments.text("topic")?),
                "-q" => qos = arguments.qos("QoS")?,
                "-C" => count = Some(arguments.number("message count", |_| true)?),
                "-W" => {
                    let seconds = arguments.number("timeout", |&seconds: &u32| seconds > 0)?;
                    timeout = Some(Duration::from_secs(seconds.into()));
                }
                "-E" => exit_when_subscribed = true,
                "-v" => verbose = true,
                "-N" => end_lines = false,
                "-F" => format = Some(Format::parse(&arguments.text("format")?)?),
                option if common.take(option, &mut arguments)? => {}
                _ => return Err(arguments.unknown()),
            }
        }
        if filters.is_empty() {
            return Err(Stop::wrong("You must specify a topic to subscribe to."));
        }
        let connection = common.finish()?;
        let filters = filters.iter().map(|text| filter(text, connection.version));
        Ok(Self {
            filters: filters.collect::<Result<_, _>>()?,
            connection,
            qos,
            output: match format {
                Some(format) => Output::Format(format),
                None if verbose => Output::Verbose,
                None => Output::Payload,
            },
            end_lines,
            count,
            timeout,
            exit_when_subscribed,
        })
    }
}

/// Before MQTT 5, `$share/` is the broker's affair.
fn filter(text: &str, version: Version) -> Result<OwnedTopicFilter, Stop> {
    let filter = match version {
        Version::V5 => TopicFilter::new(text),
        Version::V3_1 | Version::V3_1_1 => TopicFilter::unshared(text),
    };
    filter.map(OwnedTopicFilter::from).map_err(|_| {
        Stop::wrong(format!(
            "Invalid subscription topic '{text}', are all '+' and '#' wildcards correct?"
        ))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Subscribe {
        Subscribe::parse(arguments).unwrap()
    }

    fn fault(arguments: &[&str]) -> String {
        match Subscribe::parse(arguments) {
            Err(Stop::Wrong(message)) => message,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_filter_is_enough() {
        let subscribe = parse(&["-t", "a/#"]);
        let filters: Vec<&str> = subscribe
            .filters
            .iter()
            .map(|filter| filter.as_filter().as_str())
            .collect();
        assert_eq!(filters, ["a/#"]);
        assert_eq!(subscribe.qos, QoS::AtMostOnce);
        assert_eq!(subscribe.output, Output::Payload);
        assert_eq!((subscribe.count, subscribe.timeout), (None, None));
        assert!(subscribe.end_lines && !subscribe.exit_when_subscribed);
    }

    #[test]
    fn every_option_has_its_place() {
        let line = "-t a -t b/+ -q 2 -C 3 -W 4 -E -N -v -c -i x -h host";
        let arguments: Vec<&str> = line.split(' ').collect();
        let subscribe = parse(&arguments);
        assert_eq!(subscribe.filters.len(), 2);
        assert_eq!(subscribe.qos, QoS::ExactlyOnce);
        assert_eq!(subscribe.count.map(NonZeroU64::get), Some(3));
        assert_eq!(subscribe.timeout, Some(Duration::from_secs(4)));
        assert_eq!(subscribe.output, Output::Verbose);
        assert!(!subscribe.end_lines && subscribe.exit_when_subscribed);
        assert_eq!(subscribe.connection.host, "host");
        assert!(!subscribe.connection.clean_start);
    }

    #[test]
    fn a_format_goes_before_verbose() {
        let subscribe = parse(&["-t", "a", "-F", "%t", "-v"]);
        let format = Format::parse("%t").unwrap();
        assert_eq!(subscribe.output, Output::Format(format));
    }

    #[test]
    fn shares_are_special_in_mqtt_5_alone() {
        let shared = |version| {
            let subscribe = parse(&["-t", "$share/g/a", "-V", version]);
            subscribe
                .filters
                .iter()
                .any(|filter| filter.as_filter().is_shared())
        };
        assert!(shared("5"));
        assert!(!shared("311"));
    }

    #[test]
    fn options_are_refused_in_the_words_of_mosquitto_sub() {
        let rows: [(&[&str], &str); 9] = [
            (&[], "You must specify a topic to subscribe to."),
            (
                &["-t", "a#"],
                "Invalid subscription topic 'a#', are all '+' and '#' wildcards correct?",
            ),
            (&["-t", "a", "-C", "0"], "Invalid message count given: 0"),
            (&["-t", "a", "-W", "0"], "Invalid timeout given: 0"),
            (&["-t", "a", "-q", "-1"], "Invalid QoS given: -1"),
            (&["-t", "a", "-F", "%z"], "Invalid format specifier 'z'."),
            (&["-t", "a", "-F", "%"], "Incomplete format specifier."),
            (&["-t", "a", "-F", "\\q"], "Invalid escape specifier 'q'."),
            (&["-t", "a", "-m", "x"], "Unknown option '-m'."),
        ];
        for (arguments, message) in rows {
            assert_eq!(fault(arguments), message, "{arguments:?}");
        }
    }

    #[test]
    fn help_names_every_option() {
        assert_eq!(Subscribe::parse(["-t", "a", "--help"]), Err(Stop::Help));
        let help = help();
        for option in "-t -q -C -W -E -v -N -F -h -p -V -i -I -c -x -k -u -P -D -d --ws".split(' ')
        {
            assert!(help.contains(&format!(" {option} ")), "{option}");
        }
    }
}
