//! How costs grow with sizes: measured, written as tables, drawn as curves.

mod figures;
mod plot;

use std::fmt::Write;
use std::path::Path;

use crate::callgrind;
use crate::case::Group;
use crate::compare;

pub use figures::groups;

/// One picture.
pub struct Figure {
    /// Of the file, without its ending.
    pub name: &'static str,
    pub title: &'static str,
    /// What is on the horizontal axis.
    pub size: &'static str,
    /// What is on the vertical axis.
    pub cost: &'static str,
    pub measure: Measure,
    pub curves: Vec<Curve>,
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

pub struct Curve {
    pub name: &'static str,
    /// Whose cases are run.
    pub who: &'static str,
    pub points: Vec<(usize, Group)>,
}

/// A curve with its numbers.
pub struct Measured {
    pub name: &'static str,
    pub points: Vec<(usize, f64)>,
}

/// Writes a picture for each figure into `directory`, and one file with all tables.
pub fn draw(directory: &Path) {
    assert!(callgrind::is_installed(), "curves need valgrind");
    std::fs::create_dir_all(directory).expect("the directory can be made");
    let mut tables = String::from(
        "# Growth\n\nWritten by `rivals growth`: see [README.md](README.md) for the command and the pictures.\n",
    );
    for figure in figures::figures() {
        println!("{}", figure.title);
        let curves = measured(&figure);
        let file = directory.join(format!("{}.svg", figure.name));
        std::fs::write(file, plot::picture(&figure, &curves)).expect("a file can be written");
        table(&figure, &curves, &mut tables);
    }
    std::fs::write(directory.join("growth.md"), tables).expect("a file can be written");
}

fn measured(figure: &Figure) -> Vec<Measured> {
    let points = || {
        figure
            .curves
            .iter()
            .flat_map(|curve| curve.points.iter().map(|point| (curve.who, &point.1)))
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
    let curves = figure.curves.iter();
    curves
        .map(|curve| {
            let sizes = curve.points.iter().map(|point| point.0);
            Measured {
                name: curve.name,
                points: sizes.zip(&mut costs).collect(),
            }
        })
        .collect()
}

fn table(figure: &Figure, curves: &[Measured], text: &mut String) {
    let line = |text: &mut String, first: &str, rest: Vec<String>| {
        writeln!(text, "| {first} | {} |", rest.join(" | ")).expect("text can be written");
    };
    write!(text, "\n## {}\n\n", figure.title).expect("text can be written");
    let names = curves
        .iter()
        .map(|curve| format!("{}, {}", curve.name, figure.cost));
    line(text, figure.size, names.collect());
    line(text, "---:", vec!["---:".to_owned(); curves.len()]);
    for (at, (size, _)) in curves[0].points.iter().enumerate() {
        let costs = curves.iter().map(|curve| {
            let cost = curve.points.get(at).map(|point| point.1);
            cost.map_or_else(String::new, |cost| match figure.measure {
                Measure::Time => format!("{cost:.2}"),
                _ => format!("{cost:.0}"),
            })
        });
        line(text, &size.to_string(), costs.collect());
    }
}
