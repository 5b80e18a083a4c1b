//! Bar charts of ratios, as SVG.
//!
//! Rows are cases, bars are VMs; the axis is logarithmic (a bar of twice the speed is as far from 1 as one of half
//! the speed), with a line at 1, the baseline.

use std::fmt::Write as _;

/// A chart: for every row one optional ratio per series.
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) series: Vec<String>,
    pub(crate) rows: Vec<(String, Vec<Option<f64>>)>,
}

const COLORS: [&str; 8] =
    ["#1b6ca8", "#e07a1f", "#3a9d5d", "#b13a48", "#7a5ea8", "#8a6d3b", "#5b6770", "#c2649a"];
const LABEL: f64 = 180.0;
const PLOT: f64 = 620.0;
const BAR: f64 = 9.0;
const GAP: f64 = 8.0;
const HEAD: f64 = 64.0;

impl Chart {
    /// The chart as an SVG document.
    pub(crate) fn render(&self) -> String {
        let group = BAR * self.series.len() as f64 + GAP;
        let height = HEAD + group * self.rows.len() as f64 + 30.0;
        let width = LABEL + PLOT + 70.0;
        let axis = Axis::over(self.rows.iter().flat_map(|(_, ratios)| ratios.iter().flatten().copied()));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        let _ = writeln!(out, "<text x=\"10\" y=\"20\" font-size=\"15\">{}</text>", escape(&self.title));
        self.legend(&mut out);
        axis.draw(&mut out, height - 30.0);
        for (row, (label, ratios)) in self.rows.iter().enumerate() {
            let top = HEAD + group * row as f64;
            let middle = top + (group - GAP) / 2.0 + 4.0;
            let (x, label) = (LABEL - 8.0, escape(label));
            let _ = writeln!(out, "<text x=\"{x}\" y=\"{middle:.1}\" text-anchor=\"end\">{label}</text>");
            for (which, ratio) in ratios.iter().enumerate() {
                let Some(ratio) = *ratio else { continue };
                let (one, end) = (axis.place(1.0), axis.place(ratio));
                let (left, length) = (one.min(end), (one - end).abs().max(1.0));
                let y = top + BAR * which as f64;
                let _ = writeln!(
                    out,
                    "<rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{}\" fill=\"{}\"/>\
                     <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"8\" text-anchor=\"{}\">{ratio:.2}</text>",
                    BAR - 1.0,
                    color(which),
                    if ratio < 1.0 { end - 3.0 } else { end + 3.0 },
                    y + BAR - 2.0,
                    if ratio < 1.0 { "end" } else { "start" },
                );
            }
        }
        out.push_str("</svg>\n");
        out
    }

    fn legend(&self, out: &mut String) {
        for (which, name) in self.series.iter().enumerate() {
            let x = LABEL + 110.0 * which as f64;
            let _ = writeln!(
                out,
                "<rect x=\"{x}\" y=\"30\" width=\"10\" height=\"10\" fill=\"{}\"/><text x=\"{}\" y=\"39\">{}</text>",
                color(which),
                x + 14.0,
                escape(name),
            );
        }
    }
}

/// A logarithmic axis between two powers of two.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn over(ratios: impl Iterator<Item = f64>) -> Self {
        let (low, high) =
            ratios.fold((0.5f64, 2.0f64), |(low, high), ratio| (low.min(ratio), high.max(ratio)));
        Axis { low: low.log2().floor(), high: high.log2().ceil() }
    }

    fn place(&self, ratio: f64) -> f64 {
        LABEL + PLOT * (ratio.log2() - self.low) / (self.high - self.low)
    }

    fn draw(&self, out: &mut String, bottom: f64) {
        let mut tick = self.low;
        while tick <= self.high {
            let ratio = tick.exp2();
            let x = self.place(ratio);
            let (stroke, top) = (if tick == 0.0 { "#444" } else { "#ddd" }, HEAD - 6.0);
            let _ = writeln!(
                out,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{bottom}\" stroke=\"{stroke}\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{ratio}</text>",
                bottom + 14.0
            );
            tick += 1.0;
        }
    }
}

fn color(which: usize) -> &'static str {
    COLORS[which % COLORS.len()]
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faster_bars_end_left_of_the_baseline_and_slower_ones_right() {
        let axis = Axis::over([0.3, 5.0].into_iter());
        assert_eq!((axis.low, axis.high), (-2.0, 3.0));
        assert!(axis.place(0.3) < axis.place(1.0) && axis.place(1.0) < axis.place(5.0));
    }

    #[test]
    fn a_missing_ratio_draws_no_bar_and_names_are_escaped() {
        let chart = Chart {
            title: String::from("a < b"),
            series: vec![String::from("x"), String::from("y")],
            rows: vec![(String::from("case"), vec![Some(0.5), None])],
        };
        let svg = chart.render();
        assert!(svg.contains("a &lt; b"));
        assert_eq!(svg.matches("font-size=\"8\"").count(), 1);
    }
}
