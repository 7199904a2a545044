//! How costs grow with sizes: measured, written as tables, drawn as curves.

mod figures;

use std::path::Path;

use plot::{Curve, Picture};

use crate::callgrind;
use crate::case::Group;
use crate::compare;

pub use figures::groups;

/// One picture, and what is measured for it.
pub struct Figure {
    pub picture: Picture,
    pub measure: Measure,
    pub lines: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Measure {
    /// Instructions.
    All,
    /// Instructions without those of the C library, whose `memcpy` is as good
    /// as the processor.
    Own,
    /// Time, as a multiple of the first curve's first point.
    Time,
}

/// A curve before it is measured.
pub struct Line {
    pub name: &'static str,
    /// Whose cases are run.
    pub who: &'static str,
    pub points: Vec<(usize, Group)>,
}

/// Writes a picture for each figure into `directory`, and one file with all tables.
pub fn draw(directory: &Path) {
    assert!(callgrind::is_installed(), "curves need valgrind");
    std::fs::create_dir_all(directory).expect("the directory can be made");
    let mut tables = String::from(
        "# Growth\n\nWritten by `rivals growth`: see [README.md](README.md) for the command and the pictures.\n",
    );
    for figure in figures::figures() {
        println!("{}", figure.picture.title);
        let curves = measured(&figure);
        let written = figure.picture.write(&curves, directory, &mut tables);
        written.expect("a file can be written");
    }
    std::fs::write(directory.join("growth.md"), tables).expect("a file can be written");
}

fn measured(figure: &Figure) -> Vec<Curve> {
    let points = || {
        figure
            .lines
            .iter()
            .flat_map(|line| line.points.iter().map(|point| (line.who, &point.1)))
    };
    let costs: Vec<f64> = match figure.measure {
        Measure::All => points()
            .map(|(who, group)| callgrind::count(group, who).all)
            .collect(),
        Measure::Own => points()
            .map(|(who, group)| callgrind::count(group, who).own)
            .collect(),
        Measure::Time => {
            // All in turns: what else the machine does slows all of them down alike.
            let case = |(who, group): (_, &Group)| group.case(who).expect("who is drawn").prepare();
            let mut runs: Vec<_> = points().map(case).collect();
            let fastest = compare::in_turns(&mut runs);
            let unit = fastest[0].nanoseconds;
            fastest
                .iter()
                .map(|sample| sample.nanoseconds / unit)
                .collect()
        }
    };
    let mut costs = costs.into_iter();
    let lines = figure.lines.iter();
    lines
        .map(|line| {
            let sizes = line.points.iter().map(|point| point.0);
            Curve {
                name: line.name,
                points: sizes.zip(&mut costs).collect(),
            }
        })
        .collect()
}
