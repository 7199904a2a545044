//! How tests end: the test harness is asked, which alone knows.

use std::collections::HashMap;
use std::env;
use std::process::Command;
use std::sync::Mutex;

use super::root;
use super::sources::Test;

/// What the harness says of each test of a target, by its path.
type Said = HashMap<String, String>;

/// Of each target that was asked. A target is asked once, however many books need it.
static ASKED: Mutex<Option<HashMap<String, Said>>> = Mutex::new(None);

/// `ok`, `FAILED`, or that it was not run.
pub(super) fn of(test: &Test) -> String {
    let mut asked = ASKED.lock().unwrap();
    let targets = asked.get_or_insert_default();
    if !targets.contains_key(&test.target) {
        targets.insert(test.target.clone(), ask(&test.target));
    }
    let said = targets[&test.target].get(&test.path);
    said.map_or_else(|| "not run".to_owned(), String::clone)
}

/// The paths of this target's own tests, as the harness knows them.
pub(super) fn listed() -> Vec<String> {
    let mut command = Command::new(env::current_exe().unwrap());
    let list = run(command.arg("--list"));
    let paths = list.lines().filter_map(|line| line.strip_suffix(": test"));
    paths.map(str::to_owned).collect()
}

/// Runs a target once more: this one by itself, the others by Cargo.
fn ask(target: &str) -> Said {
    let mut command = match target {
        "conformance" => Command::new(env::current_exe().unwrap()),
        _ => cargo(target),
    };
    // Else it would ask itself, and print what it prints.
    command.args(["--skip", "index::"]);
    let results = run(&mut command);
    let results = results.lines().filter_map(result);
    results
        .map(|(path, result)| (path.to_owned(), result.to_owned()))
        .collect()
}

fn cargo(target: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(["test", "--test", target]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    command.arg("--");
    command
}

fn run(command: &mut Command) -> String {
    let output = command.env_remove("RUST_TEST_NOCAPTURE").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// `test opening::v5_0_mqtt_3_1_0_1_connect_comes_first ... ok`
fn result(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("test ")?.split_once(" ... ")
}
