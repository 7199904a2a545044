//! Filters and topics: `area/A/sensor/S/M`, five levels, as a building's sensors have.

/// SplitMix64: the same numbers each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

pub(crate) struct Set {
    pub(crate) filters: Vec<String>,
    pub(crate) topics: Vec<String>,
}

/// Half as many topics as filters, so that an exact filter has two subscribers.
/// `plus10` has one `+` in 10 % of the filters, `hash1` also ends 1 % in `S/#`.
/// A `+` in place of an id is drawn seldom, so that the fan-out stays below 10.
pub(crate) fn set(kind: &str, count: usize) -> Set {
    let mut dice = Dice(count as u64);
    let side = ((count as f64 / 8.0).sqrt() as u64).max(2);
    let mut topic = || {
        let measured = ["temperature", "humidity", "pressure", "battery"][dice.below(4) as usize];
        let (area, sensor) = (dice.below(side), dice.below(side));
        (
            format!("area/{area}/sensor/{sensor}/{measured}"),
            dice.below(1000),
            dice.below(20),
        )
    };
    let topics = (0..10_000).map(|_| topic().0).collect();
    let filters = (0..count)
        .map(|_| {
            let (text, chance, level) = topic();
            let mut levels: Vec<&str> = text.split('/').collect();
            match (kind, chance) {
                ("plus10" | "hash1", 100..200) => {
                    levels[match level {
                        0 => 1,
                        1 => 3,
                        level => [0, 2, 4][level as usize % 3],
                    }] = "+";
                }
                ("hash1", 0..10) => levels[4] = "#",
                _ => {}
            }
            levels.join("/")
        })
        .collect();
    Set { filters, topics }
}
