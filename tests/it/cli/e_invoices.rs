//! A folder of e-invoices that is not what it should be, or holds what it should not: what its user reads, and how the
//! command ends.

use std::path::Path;

use sirank_mocks::hubspot::Kind;

use super::desk::Desk;
use crate::fatturapa::writer::{
    Customer, Document, Encoding, archive, e_invoice, enveloped, receipt, refusal,
};

/// The accounting source of the desk, replaced by a folder.
const FOLDER: &str = "[[accounting]]\nkind = \"fatturapa\"\nname = \"e-invoices\"\nfolder = \"invoices\"\n\
                      own_vat_numbers = [\"IT01234567897\"]\nsettle_seconds = 0\n";

/// An e-invoice of 2013 to the first company of the portal.
fn invoice(number: &str, net: &str) -> String {
    let customer = Customer { vat: Some(("IT", "99000000010".to_owned())), ..Customer::default() };
    e_invoice(&customer, &[Document::new("TD01", number, "2013-11-20", net)])
}

fn put(desk: &Desk, name: &str, content: impl AsRef<[u8]>) {
    let file = desk.path("invoices").join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, content).unwrap();
}

/// The revenue of 12 months that the portal holds for the company that all these invoices are for.
fn revenue(desk: &Desk) -> Option<String> {
    desk.crm.value(Kind::Company, 1_000_001, "sirank_revenue_12m")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_looked_at_ends_with_3_and_nothing_is_written() {
    let desk = Desk::small().await;
    let refused = |what: &str| {
        for command in ["backfill", "plan"] {
            desk.run_with(FOLDER, &[command])
                .exits(3)
                .says("invoices")
                .says("cannot be looked at")
                .says(what);
        }
        desk.run_with(FOLDER, &["check"]).exits(3).shows("e-invoices").shows("cannot be looked at");
        desk.was_only_read();
    };
    refused("No such file");
    desk.file("invoices", "a file in the place of the folder");
    refused("is no folder");
    std::fs::remove_file(desk.path("invoices")).unwrap();
    put(&desk, "closed/a.xml", invoice("1", "100.00"));
    let closed = desk.path("invoices/closed");
    if close(&closed) {
        refused("ermission denied");
        open(&closed);
    } else {
        println!("skipped: root may look into every folder");
    }
    desk.run_with(FOLDER, &["backfill"]).exits(0);
    assert_eq!(revenue(&desk).as_deref(), Some("100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_away_or_came_back_empty_loses_nothing() {
    let desk = Desk::small().await;
    for number in 1..=10 {
        put(&desk, &format!("{number}.xml"), invoice(&number.to_string(), "100.00"));
    }
    desk.run_with(FOLDER, &["backfill"]).exits(0);
    assert_eq!(revenue(&desk).as_deref(), Some("1000"));
    let (folder, away) = (desk.path("invoices"), desk.path("away"));
    std::fs::rename(&folder, &away).unwrap();
    desk.run_with(FOLDER, &["backfill"]).exits(3).says("Nothing is forgotten");
    // What is seen where a network drive is not mounted.
    std::fs::create_dir(&folder).unwrap();
    desk.run_with(FOLDER, &["backfill"]).exits(6).shows("Held: ");
    desk.run_with(FOLDER, &["check"]).exits(0).shows("whether it is mounted");
    std::fs::remove_dir(&folder).unwrap();
    std::fs::rename(&away, &folder).unwrap();
    desk.run_with(FOLDER, &["backfill"]).exits(0).shows("0 of 301 companies change");
    assert_eq!(revenue(&desk).as_deref(), Some("1000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_notifications_are_passed_over() {
    let desk = Desk::small().await;
    for number in 0..10_000 {
        let name = format!("IT01234567897_{number:05}");
        put(&desk, &format!("{name}_RC_001.xml"), receipt(&format!("{name}.xml.p7m")));
    }
    desk.run_with(FOLDER, &["check"]).exits(0).shows("all 10000 files are named like notifications");
    put(&desk, "IT01234567897_00001.xml", invoice("1", "100.00"));
    desk.run_with(FOLDER, &["backfill"]).exits(0).shows("Written: 301 companies");
    assert_eq!(revenue(&desk).as_deref(), Some("100"));
    let checked = desk.run_with(FOLDER, &["check"]).exits(0);
    assert!(!checked.out.contains("notifications"), "{}", checked.out);
    desk.run_with(FOLDER, &["rejected"]).exits(0);
    desk.run_with(FOLDER, &["backfill"]).exits(0).shows("0 of 301 companies change");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_rejected_with_its_reason_and_stops_nothing() {
    let desk = Desk::small().await;
    let bad: [(&str, Vec<u8>, &str); 8] = [
        ("bomb.zip", bomb(), "larger than"),
        ("deep.xml", deep().into_bytes(), "deep"),
        ("laughs.xml", laughs().into_bytes(), "document type definition"),
        ("cut.xml.p7m", cut_envelope(), "damaged"),
        ("cut.xml", invoice("8", "8.00").into_bytes()[..900].to_vec(), "broken"),
        ("cut.zip", archive([("a.xml".to_owned(), &b"<a/>"[..])])[..40].to_vec(), "archive cannot be read"),
        ("empty.xml", Vec::new(), "empty"),
        ("unknown.xml", invoice("9", "9.00").replace("TD01", "TD77").into_bytes(), "TD77"),
    ];
    for (name, content, _) in &bad {
        put(&desk, name, content);
    }
    // Refused by the exchange, and not sent again: it was never issued.
    put(&desk, "IT01234567897_00002.xml.p7m", enveloped(invoice("2", "200.00").as_bytes(), Encoding::Ber));
    put(&desk, "IT01234567897_00002_NS_001.xml", refusal("IT01234567897_00002.xml.p7m"));
    put(&desk, "good.xml", invoice("1", "100.00"));
    // Behind all of them in the order of names.
    put(&desk, "zz/last.zip", archive([("x/last.xml".to_owned(), invoice("3", "30.00").as_bytes())]));
    let backfill = desk.run_with(FOLDER, &["backfill"]).exits(7).shows("Written: 301 companies");
    assert!(backfill.out.contains("sirank rejected"), "{}", backfill.out);
    assert_eq!(revenue(&desk).as_deref(), Some("130"));
    let rejected = desk.run_with(FOLDER, &["rejected", "--format", "json"]).exits(0).out;
    let rejected: serde_json::Value = serde_json::from_str(&rejected).unwrap();
    let lines: Vec<String> = rejected.as_array().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), bad.len(), "{lines:#?}");
    for (name, _, reason) in &bad {
        assert!(
            lines.iter().any(|line| line.contains(name) && line.contains(reason)),
            "no {name} with {reason} in {lines:#?}"
        );
    }
    let report = desk.run_with(FOLDER, &["report", "--format", "json"]).exits(0).json();
    let reconciled = &report["analysis"]["reconciliation"];
    let of = |class: &str| reconciled[class]["documents"].as_u64();
    let discarded = reconciled["not_counted"]["discarded"]["documents"].as_u64();
    let unreadable = reconciled["rejected"]["unreadable"]["documents"].as_u64();
    assert_eq!(
        (of("pulled"), of("matched"), discarded, unreadable),
        (Some(11), Some(2), Some(1), Some(8)),
        "nothing is lost: {reconciled}"
    );
    // Mended, it counts; what is left is still told.
    put(&desk, "cut.xml", invoice("8", "8.00"));
    desk.run_with(FOLDER, &["backfill"]).exits(7);
    assert_eq!(revenue(&desk).as_deref(), Some("138"));
}

/// A few kilobytes of an archive with a file that is larger than any invoice.
fn bomb() -> Vec<u8> {
    let blanks = vec![b' '; 65 << 20];
    let bomb = archive([("bomb.xml".to_owned(), blanks.as_slice())]);
    assert!(bomb.len() < 200 << 10, "{}", bomb.len());
    bomb
}

fn deep() -> String {
    let inside = "<a>".repeat(10_000) + &"</a>".repeat(10_000);
    invoice("5", "5.00").replace("<DatiBeniServizi>", &format!("<DatiBeniServizi>{inside}"))
}

fn laughs() -> String {
    let dtd = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    invoice("6", "6.00").replacen("<p:Fattura", &format!("{dtd}<p:Fattura"), 1)
}

fn cut_envelope() -> Vec<u8> {
    let whole = enveloped(invoice("7", "7.00").as_bytes(), Encoding::Der);
    whole[..whole.len() - 100].to_vec()
}

/// Takes the permission to look into a folder away; false where that does not keep this user out.
#[cfg(unix)]
fn close(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o000)).unwrap();
    let kept_out = std::fs::read_dir(folder).is_err();
    if !kept_out {
        open(folder);
    }
    kept_out
}

#[cfg(unix)]
fn open(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn close(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn open(_: &Path) {}
