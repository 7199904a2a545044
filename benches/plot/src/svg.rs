//! The picture.

use std::fmt::{Result, Write};

use crate::{Curve, Picture, points};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 48.0;
/// Told apart by those who see few colours.
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/// Powers of ten between which all values lie.
struct Axis {
    low: i32,
    high: i32,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let least = values.clone().fold(f64::MAX, f64::min);
        let low = least.log10().floor() as i32;
        let high = values.fold(f64::MIN, f64::max).log10().ceil() as i32;
        Self {
            low,
            high: high.max(low + 1),
        }
    }

    /// From 0 to 1.
    fn position(&self, value: f64) -> f64 {
        (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low)
    }

    fn marks(&self) -> impl Iterator<Item = f64> + use<> {
        (self.low..=self.high).map(|power| 10_f64.powi(power))
    }
}

fn across(part: f64) -> f64 {
    LEFT + part * (WIDTH - LEFT - RIGHT)
}

fn up(part: f64) -> f64 {
    HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)
}

/// The whole file.
pub(crate) fn draw(picture: &Picture, curves: &[Curve], svg: &mut String) -> Result {
    let sizes = Axis::of(points(curves).map(|point| point.0 as f64));
    let costs = Axis::of(points(curves).map(|point| point.1));
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>",
    )?;
    frame(picture, &sizes, &costs, svg)?;
    let mut names = Vec::new();
    for (curve, colour) in curves.iter().zip(COLOURS) {
        let places = curve.points.iter().map(|&(size, cost)| {
            let x = across(sizes.position(size as f64));
            (x, up(costs.position(cost)))
        });
        let places: Vec<_> = places.collect();
        line(svg, &places, colour)?;
        names.extend(places.last().map(|end| (end.1, curve.name, colour)));
    }
    for (y, name, colour) in apart(names) {
        text(svg, (across(1.0) + 8.0, y + 4.0), "start", colour, name)?;
    }
    writeln!(svg, "</svg>")
}

/// All but the curves.
fn frame(picture: &Picture, sizes: &Axis, costs: &Axis, svg: &mut String) -> Result {
    text(svg, (LEFT, 20.0), "start", "black", picture.title)?;
    let below = (across(0.5), HEIGHT - 10.0);
    text(svg, below, "middle", "black", picture.size)?;
    text(svg, (8.0, TOP - 6.0), "start", "black", picture.cost)?;
    for mark in sizes.marks() {
        let at = across(sizes.position(mark));
        rule(svg, (at, up(0.0)), (at, up(1.0)))?;
        text(svg, (at, up(0.0) + 16.0), "middle", "black", &label(mark))?;
    }
    for mark in costs.marks() {
        let at = up(costs.position(mark));
        rule(svg, (across(0.0), at), (across(1.0), at))?;
        text(svg, (LEFT - 6.0, at + 4.0), "end", "black", &label(mark))?;
    }
    Ok(())
}

/// Names stand at the ends of their curves, but not upon each other.
fn apart<'n>(mut names: Vec<(f64, &'n str, &'n str)>) -> Vec<(f64, &'n str, &'n str)> {
    names.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut least = f64::MIN;
    for name in &mut names {
        name.0 = name.0.max(least);
        least = name.0 + 14.0;
    }
    names
}

fn label(mark: f64) -> String {
    match mark {
        1e3.. if mark < 1e6 => format!("{}k", mark / 1e3),
        1e6.. if mark < 1e9 => format!("{}M", mark / 1e6),
        1e9.. => format!("{}G", mark / 1e9),
        _ => format!("{mark}"),
    }
}

fn line(svg: &mut String, places: &[(f64, f64)], colour: &str) -> Result {
    let path: Vec<_> = places
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let path = path.join(" ");
    writeln!(
        svg,
        "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
    )?;
    for (x, y) in places {
        writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
        )?;
    }
    Ok(())
}

fn rule(svg: &mut String, from: (f64, f64), to: (f64, f64)) -> Result {
    let ((x1, y1), (x2, y2)) = (from, to);
    writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#ddd\"/>",
    )
}

fn text(svg: &mut String, at: (f64, f64), anchor: &str, colour: &str, text: &str) -> Result {
    let (x, y) = at;
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{text}</text>",
    )
}
