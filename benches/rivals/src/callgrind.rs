//! Instructions of the measured region alone, counted by valgrind.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::case::Group;

/// Valgrind is slow, and its counts repeat: a tenth of the packets will do.
pub const SCALE: usize = 10;

/// Instructions for one packet, message, match or topic.
#[derive(Clone, Copy)]
pub struct Counts {
    /// All of them. Depends on the C library's `memcpy` and `malloc`, and so on
    /// the processor too.
    pub all: f64,
    /// In the program's own functions, the standard library's included.
    pub own: f64,
}

pub fn is_installed() -> bool {
    let version = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}

/// Runs this program again, with one case of `group`, which has to be of
/// [`SCALE`] itself.
pub fn count(group: &Group, who: &str) -> Counts {
    let program = std::env::current_exe().expect("a program has a path");
    let file = std::env::temp_dir().join(format!("callgrind.out.rivals.{}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*counted_region*"])
        .args(["--compress-strings=no", "--compress-pos=no"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(&program)
        .args(["run", &group.name, who])
        .output()
        .expect("valgrind runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{} of {who} failed:\n{errors}",
        group.name
    );
    let text = std::fs::read_to_string(&file).expect("callgrind writes its file");
    std::fs::remove_file(&file).expect("it can be removed");

    let (all, own) = sums(&text, &program);
    assert!(all > 0, "{} of {who}: nothing was counted", group.name);
    Counts {
        all: all as f64 / group.units as f64,
        own: own as f64 / group.units as f64,
    }
}

/// Adds up a file of callgrind's: the costs of all functions, and those of
/// functions in `program`.
fn sums(text: &str, program: &Path) -> (u64, u64) {
    let (mut all, mut own) = (0, 0);
    let mut is_own = false;
    let mut is_callee = false;
    for line in text.lines() {
        if let Some(object) = line.strip_prefix("ob=") {
            is_own = Path::new(object) == program;
        } else if line.starts_with("calls=") {
            // The next line has what was spent in the callee, which is counted there.
            is_callee = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let cost: u64 = line
                .split(' ')
                .nth(1)
                .and_then(|cost| cost.parse().ok())
                .unwrap_or(0);
            if !std::mem::take(&mut is_callee) {
                all += cost;
                own += if is_own { cost } else { 0 };
            }
        }
    }
    (all, own)
}
