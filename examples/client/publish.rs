//! The options of `publish`.

use std::ffi::OsString;
use std::path::PathBuf;

use puremqtt::{OwnedTopicName, QoS, TopicName};

use super::arguments::{Arguments, Stop};
use super::connection::{self, Connection};

/// What to publish, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    pub connection: Connection,
    pub topic: OwnedTopicName,
    pub source: Source,
    pub qos: QoS,
    pub retain: bool,
}

/// Where the payload comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Argument(Vec<u8>),
    File(PathBuf),
    /// A message for each line of standard input.
    Lines,
    /// All of standard input in one message.
    Input,
    /// An empty payload.
    Nothing,
}

pub fn help() -> String {
    format!(
        "Publishes messages to a topic.\n\n\
         Usage: publish [OPTION]... -t TOPIC {{-m MESSAGE | -f FILE | -l | -s | -n}}\n\n \
         -t TOPIC  where to\n \
         -m MESSAGE\n \
         -f FILE   what is in a file\n \
         -l        a message for each line of standard input\n \
         -s        all of standard input in one message\n \
         -n        an empty message\n \
         -q QOS    0, 1 or 2; 0 if not given\n \
         -r        retained\n\
         {}",
        connection::HELP
    )
}

impl Publish {
    /// `arguments` are without the name of the program.
    pub fn parse<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Result<Self, Stop> {
        let mut arguments = Arguments::new(arguments);
        let mut common = connection::Options::default();
        let (mut topic, mut source, mut qos, mut retain) = (None, None, QoS::default(), false);
        while let Some(option) = arguments.advance()?.map(str::to_owned) {
            let given = match option.as_str() {
                "-t" => {
                    let given = name(&arguments.text("topic")?)?;
                    if topic.replace(given).is_some() {
                        return Err(Stop::wrong("Only one topic can be published to."));
                    }
                    continue;
                }
                "-q" => {
                    qos = arguments.qos("QoS")?;
                    continue;
                }
                "-r" => {
                    retain = true;
                    continue;
                }
                "-m" => Source::Argument(arguments.value("message")?.into_encoded_bytes()),
                "-f" => Source::File(arguments.path("file")?),
                "-l" => Source::Lines,
                "-s" => Source::Input,
                "-n" => Source::Nothing,
                option if common.take(option, &mut arguments)? => continue,
                _ => return Err(arguments.unknown()),
            };
            if source.replace(given).is_some() {
                return Err(Stop::wrong("Only one type of message can be sent at once."));
            }
        }
        let (Some(topic), Some(source)) = (topic, source) else {
            return Err(Stop::wrong("Both topic and message must be supplied."));
        };
        Ok(Self {
            connection: common.finish()?,
            topic,
            source,
            qos,
            retain,
        })
    }
}

fn name(text: &str) -> Result<OwnedTopicName, Stop> {
    TopicName::new(text).map(OwnedTopicName::from).map_err(|_| {
        Stop::wrong(format!(
            "Invalid publish topic '{text}', does it contain '+' or '#'?"
        ))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Publish {
        Publish::parse(arguments).unwrap()
    }

    fn fault(arguments: &[&str]) -> String {
        match Publish::parse(arguments) {
            Err(Stop::Wrong(message)) => message,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn topic_and_message_are_enough() {
        let publish = parse(&["-t", "a/b", "-m", "hello"]);
        assert_eq!(publish.topic.as_name().as_str(), "a/b");
        assert_eq!(publish.source, Source::Argument(b"hello".into()));
        assert_eq!((publish.qos, publish.retain), (QoS::AtMostOnce, false));
        assert_eq!(publish.connection.host, "localhost");
    }

    #[test]
    fn a_message_comes_from_one_of_five_places() {
        let source = |arguments: &[&str]| parse(&[&["-t", "a"], arguments].concat()).source;
        assert_eq!(source(&["-m", "-x"]), Source::Argument(b"-x".into()));
        assert_eq!(source(&["-m", ""]), Source::Argument(Vec::new()));
        assert_eq!(source(&["-f", "file"]), Source::File("file".into()));
        assert_eq!(source(&["-l"]), Source::Lines);
        assert_eq!(source(&["-s"]), Source::Input);
        assert_eq!(source(&["-n"]), Source::Nothing);
        for more in [&["-l"][..], &["-n"], &["-s"], &["-f", "f"], &["-m", "y"]] {
            assert_eq!(
                fault(&[&["-t", "a", "-m", "x"], more].concat()),
                "Only one type of message can be sent at once."
            );
        }
    }

    #[test]
    fn qos_and_retain_are_set() {
        let publish = parse(&["-t", "a", "-n", "-q", "2", "-r"]);
        assert_eq!((publish.qos, publish.retain), (QoS::ExactlyOnce, true));
    }

    #[test]
    fn options_are_refused_in_the_words_of_mosquitto_pub() {
        let rows: [(&[&str], &str); 11] = [
            (&[], "Both topic and message must be supplied."),
            (&["-t", "a"], "Both topic and message must be supplied."),
            (&["-m", "a"], "Both topic and message must be supplied."),
            (
                &["-t", "a", "-m"],
                "-m argument given but no message specified.",
            ),
            (
                &["-t", "a/#", "-m", "x"],
                "Invalid publish topic 'a/#', does it contain '+' or '#'?",
            ),
            (
                &["-t", "", "-m", "x"],
                "Invalid publish topic '', does it contain '+' or '#'?",
            ),
            (&["-t", "a", "-m", "x", "-q", "3"], "Invalid QoS given: 3"),
            (&["-t", "a", "-m", "x", "-q", "x"], "Invalid QoS given: x"),
            (&["--foo"], "Unknown option '--foo'."),
            (&["foo"], "Unknown option 'foo'."),
            (
                &["-t", "a", "-t", "b", "-n"],
                "Only one topic can be published to.",
            ),
        ];
        for (arguments, message) in rows {
            assert_eq!(fault(arguments), message, "{arguments:?}");
        }
    }

    #[test]
    fn help_names_every_option() {
        assert_eq!(Publish::parse(["--help"]), Err(Stop::Help));
        let help = help();
        for option in "-t -m -f -l -s -n -q -r -h -p -V -i -I -c -x -k -u -P -D -d --ws".split(' ')
        {
            assert!(help.contains(&format!(" {option} ")), "{option}");
        }
    }
}
