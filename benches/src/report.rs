//! Tables on standard output, and CSV.

use crate::peers::{Failure, Outcome};
use crate::stats::geomean;
use crate::svg::Chart;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The results of a comparison of execution times.
pub(crate) struct Comparison {
    /// The names of the VMs; the first one is the baseline.
    pub(crate) vms: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
}

/// The results of one case, in the order of the VMs.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) group: &'static str,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Row {
    /// The time of VM `which` in relation to that of VM `base`.
    fn ratio(&self, which: usize, base: usize) -> Option<f64> {
        Some(self.outcomes[which].median()? / self.outcomes[base].median()?)
    }
}

impl Comparison {
    /// One line per case: the time of the baseline in milliseconds, then the ratio of every other VM to it;
    /// below, the geometric means to each of the first two VMs, and what went wrong.
    pub(crate) fn table(&self) -> String {
        let mut out = String::new();
        self.heading(&mut out);
        for row in &self.rows {
            let _ = write!(out, "{:<22}", row.name);
            let base = row.outcomes[0].median().map(|nanos| nanos / 1e6);
            let _ = write!(out, "{:>14}", cell(base));
            for which in 1..self.vms.len() {
                let _ = write!(out, "{:>12}", cell(row.ratio(which, 0)));
            }
            out.push('\n');
        }
        let groups: BTreeSet<&str> = self.rows.iter().map(|row| row.group).collect();
        for base in 0..self.vms.len().min(2) {
            for group in groups.iter().copied().map(Some).chain([None]) {
                if group.is_some() && groups.len() < 2 {
                    continue;
                }
                let label = format!("geomean {} / {}", group.unwrap_or("all"), self.vms[base]);
                let _ = write!(out, "{label:<36}");
                for which in 1..self.vms.len() {
                    let _ = write!(out, "{:>12}", cell(self.geomean(which, base, group)));
                }
                out.push('\n');
            }
        }
        self.failures(&mut out);
        out
    }

    fn heading(&self, out: &mut String) {
        let _ = write!(out, "{:<22}{:>14}", "case", format!("{} ms", self.vms[0]));
        for vm in &self.vms[1..] {
            let _ = write!(out, "{vm:>12}");
        }
        out.push('\n');
    }

    fn failures(&self, out: &mut String) {
        for row in &self.rows {
            for (vm, outcome) in self.vms.iter().zip(&row.outcomes) {
                match &outcome.failure {
                    Some(Failure::Unsupported(why)) => {
                        let _ = writeln!(out, "{vm} does not support {}: {why}", row.name);
                    }
                    Some(Failure::Wrong(why)) => {
                        let _ = writeln!(out, "ERROR: {vm} fails {}: {why}", row.name);
                    }
                    None => {}
                }
            }
        }
    }

    /// The geometric mean of the ratios of VM `which` to VM `base` over the cases of `group` that both can run.
    fn geomean(&self, which: usize, base: usize, group: Option<&str>) -> Option<f64> {
        let rows = self.rows.iter().filter(|row| group.is_none_or(|group| group == row.group));
        geomean(rows.filter_map(|row| row.ratio(which, base)))
    }

    /// Whether some VM trapped, or computed something wrong.
    pub(crate) fn has_errors(&self) -> bool {
        let mut outcomes = self.rows.iter().flat_map(|row| &row.outcomes);
        outcomes.any(|outcome| matches!(outcome.failure, Some(Failure::Wrong(_))))
    }

    /// All samples, summarized: one line per case and VM.
    pub(crate) fn csv(&self) -> String {
        let mut out = String::from("case,group,vm,runs,median_ns,min_ns,max_ns,ratio\n");
        for row in &self.rows {
            for (which, (vm, outcome)) in self.vms.iter().zip(&row.outcomes).enumerate() {
                let Some(median) = outcome.median() else { continue };
                let min = outcome.samples.iter().copied().fold(f64::INFINITY, f64::min);
                let max = outcome.samples.iter().copied().fold(0.0, f64::max);
                let ratio = row.ratio(which, 0).map(|ratio| format!("{ratio:.4}")).unwrap_or_default();
                let _ = writeln!(
                    out,
                    "{},{},{vm},{},{median:.0},{min:.0},{max:.0},{ratio}",
                    row.name,
                    row.group,
                    outcome.samples.len(),
                );
            }
        }
        out
    }

    /// The ratios as a chart, the geometric means first.
    pub(crate) fn chart(&self) -> Chart {
        let others = 1..self.vms.len();
        let mut rows = vec![(
            String::from("geometric mean"),
            others.clone().map(|which| self.geomean(which, 0, None)).collect(),
        )];
        for row in &self.rows {
            rows.push((row.name.to_owned(), others.clone().map(|which| row.ratio(which, 0)).collect()));
        }
        Chart {
            title: format!("Execution time in relation to {} (left is faster)", self.vms[0]),
            series: self.vms[1..].iter().map(|&vm| vm.to_owned()).collect(),
            rows,
        }
    }
}

/// A number with three significant digits or so, or a dash.
pub(crate) fn cell(value: Option<f64>) -> String {
    match value {
        None => String::from("-"),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(samples: &[f64]) -> Outcome {
        Outcome { samples: samples.to_vec(), failure: None }
    }

    fn comparison() -> Comparison {
        Comparison {
            vms: vec!["base", "other"],
            rows: vec![
                Row { name: "a", group: "g", outcomes: vec![outcome(&[2e6, 4e6, 3e6]), outcome(&[6e6])] },
                Row { name: "b", group: "g", outcomes: vec![outcome(&[8e6]), outcome(&[1e6])] },
                Row { name: "c", group: "g", outcomes: vec![outcome(&[]), outcome(&[1e6])] },
            ],
        }
    }

    #[test]
    fn ratios_compare_medians_and_skip_cases_without_baseline() {
        let comparison = comparison();
        assert_eq!(comparison.rows[0].ratio(1, 0), Some(2.0));
        assert_eq!(comparison.rows[2].ratio(1, 0), None);
        assert!((comparison.geomean(1, 0, None).unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_csv_has_a_line_per_measured_vm() {
        let csv = comparison().csv();
        assert_eq!(csv.lines().count(), 6);
        assert!(csv.contains("a,g,base,3,3000000,2000000,4000000,1.0000\n"));
        assert!(csv.contains("c,g,other,1,1000000,1000000,1000000,\n"));
    }
}
