//! The customer matrix, key figures and the reconciliation.

use std::fmt::Write;

use rust_decimal::Decimal;

use crate::cli::output::{grouped, table};
use crate::domain::cluster::Cluster;
use crate::domain::portfolio::{Cell, KeyFigures};
use crate::domain::reconciliation::{Reconciliation, Tally};
use crate::engine::{Analysis, Report};

/// Companies without figures that are named before the rest is only counted.
const MOST_NAMED: usize = 20;

/// The whole report.
pub(in crate::cli) fn report(report: &Report, currency: &str) -> String {
    let analysis = &report.analysis;
    let mut text = format!("Customer matrix on {} ({currency})\n", analysis.as_of);
    text.push_str(&matrix(&analysis.portfolio));
    text.push_str("\n\nKey figures\n");
    text.push_str(&key_figures(analysis));
    text.push_str("\n\nDocuments: pulled = matched + unmatched + not counted + rejected\n");
    text.push_str(&reconciliation(&analysis.reconciliation));
    if !report.without_figures.is_empty() {
        let _ = write!(text, "\n\nCompanies without figures ({})\n", report.without_figures.len());
        for company in report.without_figures.iter().take(MOST_NAMED) {
            let _ = writeln!(text, "  {} {}: {}", company.id, company.name, company.reason);
        }
        if report.without_figures.len() > MOST_NAMED {
            text.push_str("  … all of them: sirank report --format json\n");
        }
    }
    text
}

/// The clusters with their companies and revenue, as the source prints them.
pub(in crate::cli) fn matrix(figures: &KeyFigures) -> String {
    const ORDER: [Cluster; 6] = [Cluster::A, Cluster::D, Cluster::Z, Cluster::B, Cluster::E, Cluster::C];
    let headings = ["cluster", "what it is", "companies", "revenue 36 months", "average", "12 months before"];
    let mut table = table(&headings, &[2, 3, 4, 5]);
    let mut row = |name: &str, what: &str, cell: &Cell| {
        table.add_row([
            name.to_owned(),
            what.to_owned(),
            grouped(&cell.companies.to_string()),
            grouped(&cell.revenue_36m.to_string()),
            grouped(&cell.average.to_string()),
            grouped(&cell.revenue_12m_before.to_string()),
        ]);
    };
    for cluster in ORDER {
        if let Some(cell) = figures.matrix.clusters.get(&cluster) {
            row(cluster.as_str(), what_it_is(cluster), cell);
        }
    }
    if let Some(cell) = &figures.matrix.none {
        row("–", "no cluster", cell);
    }
    table.to_string()
}

const fn what_it_is(cluster: Cluster) -> &'static str {
    match cluster {
        Cluster::A => "high revenue, high potential",
        Cluster::B => "low revenue, high potential",
        Cluster::C => "dormant, high potential",
        Cluster::D => "high revenue, low potential",
        Cluster::E => "low revenue or dormant, low potential",
        Cluster::Z => "lost potential",
    }
}

fn key_figures(analysis: &Analysis) -> String {
    let figures = &analysis.portfolio;
    let rate = |rate: Option<Decimal>| rate.map_or("–".to_owned(), |rate| rate.to_string());
    let mut table = table(&["figure", "value"], &[1]);
    let rows = [
        ("companies in the CRM", grouped(&analysis.companies.to_string())),
        ("companies with figures", grouped(&analysis.with_figures.to_string())),
        ("  of them without a potential", grouped(&figures.potential_missing.to_string())),
        ("companies without a key", grouped(&analysis.without_key.to_string())),
        ("companies that share a key", grouped(&analysis.ambiguous.to_string())),
        ("customers of the earlier 12 months", grouped(&figures.customers_earlier.to_string())),
        ("  of them retained", grouped(&figures.retained.to_string())),
        ("retention rate", rate(figures.retention_rate)),
        ("churn rate", rate(figures.churn_rate)),
        ("net revenue retention", rate(figures.net_revenue_retention)),
        ("new revenue share", rate(figures.new_revenue_share)),
        ("customer equity", grouped(&figures.customer_equity.to_string())),
        ("cold customers", grouped(&figures.cold_customers.to_string())),
        ("  their revenue while active", grouped(&figures.cold_revenue_last_active.to_string())),
        ("customers fully credited", grouped(&figures.fully_credited.to_string())),
    ];
    for (name, value) in rows {
        table.add_row([name.to_owned(), value]);
    }
    table.to_string()
}

fn reconciliation(reconciliation: &Reconciliation) -> String {
    let mut table = table(&["class", "reason", "documents", "money"], &[2, 3]);
    let mut row = |class: &str, reason: &str, tally: &Tally| {
        table.add_row([
            class.to_owned(),
            reason.to_owned(),
            grouped(&tally.documents.to_string()),
            money(tally),
        ]);
    };
    row("matched", "", &reconciliation.matched);
    for (reason, tally) in &reconciliation.unmatched {
        row("unmatched", &reason.as_str().replace('_', " "), tally);
    }
    for (reason, tally) in &reconciliation.not_counted {
        row("not counted", &reason.as_str().replace('_', " "), tally);
    }
    for (reason, tally) in &reconciliation.rejected {
        row("rejected", &reason.as_str().replace('_', " "), tally);
    }
    row(
        "pulled",
        if reconciliation.balances() { "adds up" } else { "DOES NOT ADD UP" },
        &reconciliation.pulled,
    );
    if !reconciliation.counted_twice.is_empty() {
        row("counted twice", "in two sources: matching.duplicates", &reconciliation.counted_twice);
    }
    table.to_string()
}

fn money(tally: &Tally) -> String {
    let amounts =
        tally.money.iter().map(|(currency, money)| format!("{} {currency}", grouped(&money.to_string())));
    amounts.collect::<Vec<_>>().join("\n")
}
