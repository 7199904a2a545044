//! Filters and topics: `area/A/sensor/S/M`, five levels, as a building's sensors have.

use super::dice::Dice;

pub struct Set {
    pub filters: Vec<String>,
    /// Topics to find subscribers of, one after the other.
    pub topics: Vec<String>,
}

/// Half as many topics as filters, so that an exact filter has two subscribers.
/// `plus10` has one `+` in 10 % of the filters, `hash1` also ends 1 % in `S/#`.
/// A `+` in place of an id is drawn seldom, so that the fan-out stays below 10.
pub fn set(kind: &str, count: usize) -> Set {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ count as u64);
    let side = ((count as f64 / 8.0).sqrt() as usize).max(2);
    let filters = (0..count)
        .map(|_| {
            let topic = topic(&mut dice, side);
            match (kind, dice.below(1000)) {
                ("plus10" | "hash1", 100..200) => {
                    let level = match dice.below(20) {
                        0 => 1,
                        1 => 3,
                        other => [0, 2, 4][other % 3],
                    };
                    with_level(&topic, level, "+")
                }
                ("hash1", 0..10) => with_level(&topic, 4, "#"),
                _ => topic,
            }
        })
        .collect();
    let topics = (0..10_000).map(|_| topic(&mut dice, side)).collect();
    Set { filters, topics }
}

fn topic(dice: &mut Dice, side: usize) -> String {
    let (area, sensor) = (dice.below(side), dice.below(side));
    let what = ["temperature", "humidity", "pressure", "battery"][dice.below(4)];
    format!("area/{area}/sensor/{sensor}/{what}")
}

fn with_level(topic: &str, level: usize, wildcard: &str) -> String {
    let mut levels: Vec<&str> = topic.split('/').collect();
    levels[level] = wildcard;
    levels.join("/")
}
