//! What the sources say: which tests there are, and which numbers the code names.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::BOOKS;

/// A test, found by its `#[test]`.
pub(super) struct Test {
    /// The test target that it is in.
    pub(super) target: String,
    /// As the target itself calls it, with its modules.
    pub(super) path: String,
}

impl Test {
    pub(super) fn function(&self) -> &str {
        let last = self.path.rsplit("::").next();
        last.unwrap_or(&self.path)
    }

    /// With its target in front.
    pub(super) fn id(&self) -> String {
        format!("{}::{}", self.target, self.path)
    }

    /// Whether four numbers follow `mqtt_` in its name, as in `mqtt_3_1_2_3_`.
    pub(super) fn seems_numbered(&self) -> bool {
        let Some((_, rest)) = self.function().split_once("mqtt_") else {
            return false;
        };
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        rest.split('_')
            .take(4)
            .filter(|part| is_number(part))
            .count()
            == 4
    }
}

/// Of the crate and of the examples' package.
pub(super) struct Sources {
    tests: Vec<Test>,
    by_id: HashMap<String, usize>,
    by_number: HashMap<String, Vec<usize>>,
    code: Vec<(String, String)>,
}

impl Sources {
    pub(super) fn read(root: &Path) -> Self {
        let mut tests = Vec::new();
        for folder in ["tests", "examples/tests"] {
            for entry in entries(&root.join(folder)) {
                if entry.join("main.rs").is_file() {
                    in_files(&entry, &entry, &mut tests);
                } else if is_rust(&entry) {
                    in_file(&entry, root, &mut tests);
                }
            }
        }
        let mut code = Vec::new();
        for folder in ["src", "examples"] {
            code_in(&root.join(folder), root, &mut code);
        }
        let mut sources = Self {
            tests,
            by_id: HashMap::new(),
            by_number: HashMap::new(),
            code,
        };
        sources.index();
        sources
    }

    fn index(&mut self) {
        for (at, test) in self.tests.iter().enumerate() {
            self.by_id.insert(test.id(), at);
            let numbers = BOOKS.iter().filter_map(|book| book.number_of(test));
            for number in numbers {
                self.by_number.entry(number).or_default().push(at);
            }
        }
    }

    pub(super) fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// The test of this name; one of this target needs no target in front.
    pub(super) fn test(&self, id: &str) -> Option<&Test> {
        let here = format!("conformance::{id}");
        let at = self.by_id.get(id).or_else(|| self.by_id.get(&here))?;
        Some(&self.tests[*at])
    }

    /// Those whose names bear the number, such as `5.0/MQTT-3.1.2-3` or `row-07`.
    pub(super) fn bearing(&self, number: &str) -> Vec<&Test> {
        let found = self.by_number.get(number).into_iter().flatten();
        found.map(|&at| &self.tests[at]).collect()
    }

    /// Every number that the code names, with its file.
    pub(super) fn numbers_in_code(&self) -> impl Iterator<Item = (&str, String)> {
        self.code.iter().flat_map(|(file, text)| {
            let numbers = text.match_indices("MQTT-").filter_map(|(at, _)| {
                let number = number_at(&text[at..])?;
                let prefix = ["3.1.1/", "5.0/"];
                let prefix = prefix.iter().find(|prefix| text[..at].ends_with(**prefix));
                Some(format!("{}{number}", prefix.unwrap_or(&"")))
            });
            numbers.map(move |number| (&**file, number))
        })
    }
}

/// `MQTT-3.1.2-3` at the start of a text that goes on.
fn number_at(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let body = text.strip_prefix("MQTT-")?;
    let len = body.find(|c| !is_part(c)).unwrap_or(body.len());
    let number = body[..len].trim_end_matches(['.', '-']);
    let (section, last) = number.split_once('-')?;
    let is_whole = section.split('.').count() == 3 && !last.is_empty();
    is_whole.then(|| &text[.."MQTT-".len() + number.len()])
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Whatever is below the folder of a target.
fn in_files(target: &Path, folder: &Path, tests: &mut Vec<Test>) {
    for entry in entries(folder) {
        if entry.is_dir() {
            in_files(target, &entry, tests);
        } else if is_rust(&entry) {
            in_file(&entry, target, tests);
        }
    }
}

/// The tests of one file. `base` is the folder of its target, or any folder above a target of
/// one file.
fn in_file(file: &Path, base: &Path, tests: &mut Vec<Test>) {
    let within = file.strip_prefix(base).unwrap().with_extension("");
    let mut modules: Vec<_> = within.iter().map(|part| part.to_str().unwrap()).collect();
    let target = match base.join("main.rs").is_file() {
        true => base.file_name().unwrap().to_str().unwrap(),
        false => {
            let target = modules.pop().unwrap();
            modules.clear();
            target
        }
    };
    modules.retain(|module| !matches!(*module, "main" | "mod"));
    for function in test_functions(&fs::read_to_string(file).unwrap()) {
        let path = modules.iter().copied().chain([function]);
        tests.push(Test {
            target: target.to_owned(),
            path: path.collect::<Vec<_>>().join("::"),
        });
    }
}

/// The names of the functions under `#[test]`, but for those that are not run.
fn test_functions(text: &str) -> Vec<&str> {
    let mut functions = Vec::new();
    let (mut is_test, mut is_ignored) = (false, false);
    for line in text.lines().map(str::trim) {
        if matches!(line, "#[test]" | "#[tokio::test]") {
            is_test = true;
        } else if line.starts_with("#[ignore") {
            is_ignored = true;
        } else if let Some(function) = line.trim_start_matches("async ").strip_prefix("fn ") {
            if is_test && !is_ignored {
                functions.extend(function.split('(').next());
            }
            (is_test, is_ignored) = (false, false);
        }
    }
    functions
}

/// The code itself: neither its tests nor what is built from it.
fn code_in(folder: &Path, root: &Path, code: &mut Vec<(String, String)>) {
    for entry in entries(folder) {
        if entry.is_dir() && !entry.ends_with("examples/tests") && !entry.ends_with("target") {
            code_in(&entry, root, code);
        } else if is_rust(&entry) {
            let name = entry.strip_prefix(root).unwrap().display().to_string();
            code.push((name, fs::read_to_string(&entry).unwrap()));
        }
    }
}
