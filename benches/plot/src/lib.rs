//! Curves on two logarithmic axes, as SVG, and their numbers, as a table.

mod svg;

use std::fmt::{self, Write};
use std::io;
use std::path::Path;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Picture {
    /// Of the file, without its ending.
    pub name: &'static str,
    pub title: &'static str,
    /// What is on the horizontal axis.
    pub size: &'static str,
    /// What is on the vertical axis.
    pub cost: &'static str,
    /// Of the costs in the table.
    pub decimals: usize,
}

/// Costs by size.
#[derive(Clone, Debug)]
pub struct Curve {
    pub name: &'static str,
    pub points: Vec<(usize, f64)>,
}

impl Picture {
    /// Writes the picture into `directory`, and its table behind `text`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, curves: &[Curve], directory: &Path, text: &mut String) -> io::Result<()> {
        text.push_str(&self.table(curves));
        let file = directory.join(format!("{}.svg", self.name));
        std::fs::write(file, self.svg(curves))
    }

    /// The picture, as a file.
    pub fn svg(&self, curves: &[Curve]) -> String {
        written(|text| svg::draw(self, curves, text))
    }

    /// A chapter of Markdown: the title, and a row for each size.
    pub fn table(&self, curves: &[Curve]) -> String {
        written(|text| {
            writeln!(text, "\n## {}\n", self.title)?;
            let names = curves
                .iter()
                .map(|curve| format!("{}, {}", curve.name, self.cost));
            row(text, self.size, names)?;
            row(text, "---:", curves.iter().map(|_| "---:".to_owned()))?;
            let mut sizes: Vec<_> = points(curves).map(|(size, _)| size).collect();
            sizes.sort_unstable();
            sizes.dedup();
            for size in sizes {
                let costs = curves.iter().map(|curve| {
                    let point = curve.points.iter().find(|point| point.0 == size);
                    point.map_or_else(String::new, |(_, cost)| format!("{cost:.*}", self.decimals))
                });
                row(text, &size.to_string(), costs)?;
            }
            Ok(())
        })
    }
}

/// No text fails to be written to a string.
fn written(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut text = String::new();
    let _ = write(&mut text);
    text
}

fn points(curves: &[Curve]) -> impl Iterator<Item = (usize, f64)> + Clone {
    curves.iter().flat_map(|curve| curve.points.iter().copied())
}

fn row(text: &mut String, first: &str, rest: impl Iterator<Item = String>) -> fmt::Result {
    let rest: Vec<_> = rest.collect();
    writeln!(text, "| {first} | {} |", rest.join(" | "))
}
