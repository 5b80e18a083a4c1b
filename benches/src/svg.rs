//! Bar charts of ratios, as SVG.
//!
//! Rows are cases, bars are VMs; the axis is logarithmic (a bar of twice the speed is as far from 1 as one of
//! half the speed), with a line at 1, the baseline.

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
/// Where the legend begins, and how high a line of it is.
const LEGEND: f64 = 30.0;
const LINE: f64 = 16.0;

impl Chart {
    /// The chart as an SVG document.
    pub(crate) fn render(&self) -> String {
        let group = BAR * self.series.len() as f64 + GAP;
        let rows: Vec<_> =
            self.rows.iter().filter(|(_, ratios)| ratios.iter().any(Option::is_some)).collect();
        let legend = self.legend();
        let head = LEGEND + LINE * legend.last().map_or(0.0, |&(_, line)| line + 1.0) + 18.0;
        let height = head + group * rows.len() as f64 + 30.0;
        let width = LABEL + PLOT + 70.0;
        let axis = Axis::over(self.rows.iter().flat_map(|(_, ratios)| ratios.iter().flatten().copied()));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        let _ = writeln!(out, "<text x=\"10\" y=\"20\" font-size=\"15\">{}</text>", escape(&self.title));
        for (which, (name, &(x, line))) in self.series.iter().zip(&legend).enumerate() {
            let (top, fill) = (LEGEND + LINE * line, color(which));
            let _ = writeln!(
                out,
                "<rect x=\"{x:.0}\" y=\"{top}\" width=\"10\" height=\"10\" fill=\"{fill}\"/>\
                 <text x=\"{:.0}\" y=\"{}\">{}</text>",
                x + 14.0,
                top + 9.0,
                escape(name),
            );
        }
        axis.draw(&mut out, head - 6.0, height - 30.0);
        for (row, (label, ratios)) in rows.into_iter().enumerate() {
            let top = head + group * row as f64;
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

    /// For every series, where in the legend it stands: horizontally, and in which line.
    fn legend(&self) -> Vec<(f64, f64)> {
        let (mut x, mut line) = (LABEL, 0.0);
        let place = |name: &String| {
            // Letters of this size are about 6.5 wide.
            let width = 30.0 + 6.5 * name.chars().count() as f64;
            if x > LABEL && x + width > LABEL + PLOT + 50.0 {
                (x, line) = (LABEL, line + 1.0);
            }
            let place = (x, line);
            x += width;
            place
        };
        self.series.iter().map(place).collect()
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

    fn draw(&self, out: &mut String, top: f64, bottom: f64) {
        let mut tick = self.low;
        while tick <= self.high {
            let x = self.place(tick.exp2());
            let stroke = if tick == 0.0 { "#444" } else { "#ddd" };
            let label = if tick < 0.0 { format!("1/{}", (-tick).exp2()) } else { tick.exp2().to_string() };
            let _ = writeln!(
                out,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{bottom}\" stroke=\"{stroke}\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
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
    fn a_long_legend_takes_several_lines() {
        let chart =
            Chart { title: String::new(), series: vec!["long name of a VM".to_owned(); 9], rows: Vec::new() };
        let legend = chart.legend();
        assert_eq!(legend[0], (LABEL, 0.0));
        assert_eq!(legend[8].1, 2.0);
        assert!(legend.iter().all(|place| place.0 < LABEL + PLOT));
    }

    #[test]
    fn a_missing_ratio_draws_no_bar_and_names_are_escaped() {
        let chart = Chart {
            title: String::from("a < b"),
            series: vec![String::from("x"), String::from("y")],
            rows: vec![
                (String::from("case"), vec![Some(0.5), None]),
                (String::from("without ratios"), vec![None, None]),
            ],
        };
        let svg = chart.render();
        assert!(svg.contains("a &lt; b"));
        assert_eq!(svg.matches("font-size=\"8\"").count(), 1);
        assert!(!svg.contains("without ratios"));
    }
}
