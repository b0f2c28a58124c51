use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rust_decimal::Decimal;

use super::*;
use crate::domain::classes::UnmatchedReason;
use crate::domain::document::{NotCounted, Rejection};
use crate::domain::money::Money;
use crate::domain::reconciliation::Tally;
use crate::domain::rules::AmbiguousKeys;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The settings that the expected files were computed with.
fn rules() -> Rules {
    let mut rules = Rules::default();
    rules.cold.excluded_categories = ["PA", "UTILIZZATORE FINALE"].map(str::to_owned).into();
    rules
}

fn watched() -> WatchedPipelines {
    WatchedPipelines::Only(["sales", "ecommerce"].map(str::to_owned).into())
}

fn shared(folder: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

fn unpacked(file: &Path) -> String {
    let mut text = String::new();
    let file = fs::File::open(file).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

fn check_expected(companies: &Path, documents: &Path, as_of: &str, expected: &str) -> ComputeOutcome {
    let mut outcomes = [1, 2].map(|threads| {
        let mut out = Vec::new();
        let request = ComputeRequest {
            companies,
            documents,
            rules: &rules(),
            currency: &CurrencyRules::default(),
            watched: &watched(),
            as_of: day(as_of),
            threads,
        };
        let outcome = run(&request, Target::Stream(&mut out)).unwrap();
        let out = String::from_utf8(out).unwrap();
        for (found, expected) in out.lines().zip(expected.lines()) {
            assert_eq!(found, expected);
        }
        assert!(out == expected, "every byte");
        outcome
    });
    assert_eq!(outcomes[0], outcomes[1]);
    assert!(outcomes[0].documents.balances());
    std::mem::take(&mut outcomes[0])
}

#[test]
fn the_customer_matrix_of_the_source_is_computed_byte_for_byte() {
    let Some(folder) = shared("cluster-301") else { return };
    let expected = fs::read_to_string(folder.join("expected.csv")).unwrap();
    let outcome =
        check_expected(&folder.join("companies.csv"), &folder.join("documents.csv"), "2013-12-31", &expected);
    assert_eq!((outcome.companies, outcome.documents.pulled.documents), (301, 2677));
    assert!(!outcome.has_rejected());
}

#[test]
fn real_invoices_are_computed_byte_for_byte_on_both_days() {
    let Some(folder) = shared("online-retail") else { return };
    for as_of in ["2011-06-30", "2011-12-09"] {
        let expected = unpacked(&folder.join(format!("expected-{as_of}.csv.gz")));
        let outcome = check_expected(
            &folder.join("companies.csv.gz"),
            &folder.join("documents.csv.gz"),
            as_of,
            &expected,
        );
        assert_eq!(outcome.companies, 5942);
        assert_eq!(outcome.documents.pulled, tally(44_876, "16343651.02"));
    }
}

/// Two small files and what is computed from them.
struct Case {
    folder: tempfile::TempDir,
    rules: Rules,
}

const COMPANY_HEADER: &str = "company_id,name,vat_number,potential,category,d_and_p,owner,created,last_contacted,open_deal_pipelines\n";
const DOCUMENT_HEADER: &str = "document_id,vat_number,date,kind,net_amount\n";

impl Case {
    fn new(companies: &str, documents: &str) -> Self {
        let case = Self { folder: tempfile::tempdir().unwrap(), rules: rules() };
        fs::write(case.path("companies.csv"), format!("{COMPANY_HEADER}{companies}")).unwrap();
        fs::write(case.path("documents.csv"), format!("{DOCUMENT_HEADER}{documents}")).unwrap();
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run_to(&self, target: Target<'_>) -> Result<ComputeOutcome, ComputeError> {
        let request = ComputeRequest {
            companies: &self.path("companies.csv"),
            documents: &self.path("documents.csv"),
            rules: &self.rules,
            currency: &CurrencyRules::default(),
            watched: &watched(),
            as_of: day("2024-06-30"),
            threads: 2,
        };
        run(&request, target)
    }

    fn run(&self) -> (ComputeOutcome, Vec<String>) {
        let mut out = Vec::new();
        let outcome = self.run_to(Target::Stream(&mut out)).unwrap();
        assert!(outcome.documents.balances());
        let text = String::from_utf8(out).unwrap();
        (outcome, text.lines().skip(1).map(str::to_owned).collect())
    }
}

fn tally(documents: u64, euro: &str) -> Tally {
    let money = Money::rounded(Decimal::from_str_exact(euro).unwrap());
    Tally { documents, without_amount: 0, money: [("EUR".to_owned(), money)].into() }
}

/// The id, revenue of all time and first purchase of a line.
fn short(line: &str) -> String {
    let fields: Vec<&str> = line.split(',').collect();
    format!("{} {} {}", fields[0], fields[3], fields[5])
}

#[test]
fn companies_without_a_key_of_their_own_have_an_empty_line() {
    let case = Case::new(
        "C1,One,IT1,high,,,,,,\nC2,Two,,high,,,,,,\nC3,Three, it9 ,,,,,,,\nC4,Four,IT9,,,,,,,\n",
        "D1,it1,2024-01-10,invoice,10.00\nD2,IT9,2024-01-10,invoice,20.00\nD3,,2024-01-10,invoice,30.00\n\
         D4,IT7,2024-01-10,credit_note,40.00\n",
    );
    let (outcome, lines) = case.run();
    assert_eq!(short(&lines[0]), "C1 10.00 2024-01-10");
    for (line, id) in lines[1..].iter().zip(["C2", "C3", "C4"]) {
        assert_eq!(*line, format!("{id}{}", ",".repeat(19)));
    }
    assert_eq!(outcome.companies_without_key.first, ["C2"]);
    assert_eq!(outcome.companies_ambiguous.first, ["C3", "C4"]);
    assert_eq!(outcome.potential_missing, 2);
    assert_eq!(outcome.documents.matched, tally(1, "10.00"));
    let unmatched: Vec<_> = outcome.documents.unmatched.into_iter().collect();
    assert_eq!(
        unmatched,
        [
            (UnmatchedReason::NoKey, tally(1, "30.00")),
            (UnmatchedReason::NoCompany, tally(1, "-40.00")),
            (UnmatchedReason::Ambiguous, tally(1, "20.00")),
        ]
    );
}

#[test]
fn the_oldest_of_several_companies_can_be_given_the_documents() {
    let companies =
        "C1,,IT9,,,,,2020-05-01,,\nC3,,IT9,,,,,2019-05-01,,\nC2,,IT9,,,,,2019-05-01,,\nC0,,IT9,,,,,,,\n";
    let mut case = Case::new(companies, "D1,IT9,2024-01-10,invoice,20.00\n");
    case.rules.ambiguous = AmbiguousKeys::Oldest;
    let (outcome, lines) = case.run();
    assert_eq!(
        lines.iter().map(|line| short(line)).collect::<Vec<_>>(),
        ["C1 0.00 ", "C3 0.00 ", "C2 20.00 2024-01-10", "C0 0.00 "]
    );
    assert_eq!(outcome.companies_ambiguous.count, 0);
}

#[test]
fn of_a_repeated_document_the_later_row_counts() {
    let long = "a-document-id-of-more-than-fifteen-bytes";
    let case = Case::new(
        "C1,,IT1,,,,,,,\nC2,,IT2,,,,,,,\n",
        &format!(
            "D1,IT1,2024-01-10,invoice,10.00\n{long},IT1,2024-01-11,invoice,1.00\nD1,IT2,2024-01-12,invoice,20.00\n\
             {long},IT1,2024-01-13,invoice,2.00\nD1,IT2,2024-01-14,invoice,30.00\n"
        ),
    );
    let (outcome, lines) = case.run();
    assert_eq!(short(&lines[0]), "C1 2.00 2024-01-13");
    assert_eq!(short(&lines[1]), "C2 30.00 2024-01-14");
    assert_eq!(outcome.documents.pulled, tally(2, "32.00"));
    let repetition = |document: Option<&str>, row, earlier| Repetition {
        document: document.map(str::to_owned),
        row,
        earlier,
    };
    let first = vec![repetition(Some("D1"), 4, 2), repetition(None, 5, 3), repetition(Some("D1"), 6, 4)];
    assert_eq!(outcome.repeated, Listing { count: 3, first });
}

#[test]
fn bad_rows_are_named_and_the_rest_goes_on() {
    let case = Case::new(
        "C1,,IT1,,,,,,,\n,,IT2,,,,,,,\nC3,,IT3,,,,,31/12/2020,,\nC4,,IT4\nC1,,IT5,,,,,,,\n",
        "D1,IT1,2024-01-10,invoice,10.00\nD2,IT1,10/01/2024,invoice,20.00\nD3,IT1,2024-01-10,invoice,\"20,50\"\n\
         D4,IT1,2024-01-10,invoice,20,50\nD5,IT1,2024-01-10,bill,20\n,IT1,2024-01-10,invoice,1\nD7,IT1,,invoice,2\n\
         D8,IT1,2024-01-10,invoice,\nD9,IT1,2024-02-31,invoice,5\nD2,IT1,2024-01-12,invoice,3\n",
    );
    let (outcome, lines) = case.run();
    assert_eq!(lines.len(), 1);
    assert_eq!(short(&lines[0]), "C1 13.00 2024-01-10");
    let messages = |listing: &Listing<RejectedRow>| -> Vec<String> {
        listing.first.iter().map(|row| row.message.clone()).collect()
    };
    assert_eq!(
        messages(&outcome.rejected_companies),
        [
            "companies.csv: row 3, column `company_id`: is empty",
            "companies.csv: row 4, column `created`: `31/12/2020` is not a date of the form YYYY-MM-DD",
            "companies.csv: row 5: has 3 fields where the header has 10 columns; a separator inside a field needs \
         quotation marks around it",
            "companies.csv: row 6, column `company_id`: occurs in an earlier row; ids are unique",
        ]
    );
    // D2 is replaced by its later row, which can be used.
    assert_eq!(
        messages(&outcome.rejected_documents),
        [
            "documents.csv: row 4: the net amount `20,50` is not a plain decimal (column `net_amount`)",
            "documents.csv: row 5: has 6 fields where the header has 5 columns; a separator inside a field needs \
         quotation marks around it",
            "documents.csv: row 6: the kind `bill` is not known (column `kind`)",
            "documents.csv: row 7: there is no id (column `document_id`)",
            "documents.csv: row 8: there is no date (column `date`)",
            "documents.csv: row 9: there is no net amount (column `net_amount`)",
            "documents.csv: row 10: `2024-02-31` is not a date of the form YYYY-MM-DD (column `date`)",
        ]
    );
    assert_eq!(outcome.rejected_documents.count, 7);
    let rejected: Vec<_> =
        outcome.documents.rejected.iter().map(|(why, tally)| (*why, tally.documents)).collect();
    assert_eq!(
        rejected,
        [(Rejection::NoDate, 1), (Rejection::NoAmount, 1), (Rejection::Unreadable, 4), (Rejection::NoId, 1),]
    );
    assert!(outcome.has_rejected());
}

#[test]
fn documents_after_the_day_and_of_other_kinds_are_not_counted() {
    let case = Case::new(
        "C1,,IT1,,,,,,,\n",
        "D1,IT1,2024-06-30,invoice,10\nD2,IT1,2024-07-01,invoice,20\nD3,IT1,2024-01-10,draft,30\n\
         D4,IT1,2024-01-10,void,40\nD5,IT1,2024-01-10,invoice,-4.005\nD6,IT1,2024-01-10,credit_note,-1\n\
         D7,IT1,2023-01-10,invoice,0\n",
    );
    let (outcome, lines) = case.run();
    assert_eq!(short(&lines[0]), "C1 4.99 2024-06-30");
    let not_counted: Vec<_> =
        outcome.documents.not_counted.iter().map(|(why, tally)| (*why, tally.clone())).collect();
    assert_eq!(
        not_counted,
        [
            (NotCounted::Draft, tally(1, "30.00")),
            (NotCounted::Void, tally(1, "40.00")),
            (NotCounted::AfterAsOf, tally(1, "20.00")),
        ]
    );
    assert_eq!(outcome.documents.matched, tally(4, "4.99"));
    assert!(!outcome.has_rejected());
}

#[test]
fn a_file_is_written_in_full_or_not_at_all() {
    let case = Case::new("C1,,IT1,,,,,,,\n", "D1,IT1,2024-01-10,invoice,10\n");
    let target = case.path("figures.csv");
    fs::write(&target, "before").unwrap();

    fs::write(case.path("documents.csv"), "document_id,vat_number,date,kind\n").unwrap();
    let error = case.run_to(Target::File(&target)).unwrap_err();
    assert!(matches!(error, ComputeError::Input(InputError::MissingColumns { .. })), "{error}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "before");

    fs::write(case.path("documents.csv"), DOCUMENT_HEADER).unwrap();
    case.run_to(Target::File(&target)).unwrap();
    assert!(fs::read_to_string(&target).unwrap().starts_with("company_id,revenue_36m,"));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    let names = fs::read_dir(case.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.count(), 3, "nothing is left behind");

    let nowhere = case.path("missing/figures.csv");
    assert!(matches!(case.run_to(Target::File(&nowhere)), Err(ComputeError::Output { .. })));
}

#[test]
fn files_without_a_record_give_a_header() {
    let case = Case::new("", "");
    let (outcome, lines) = case.run();
    assert_eq!((outcome.companies, lines.len()), (0, 0));
}

proptest::proptest! {
    /// The compact index of keys decides as the matcher of the domain does.
    #[test]
    fn keys_are_matched_as_the_domain_matches_them(
        companies in proptest::collection::vec(("[aAbà ]{0,2}", 0_u32..3), 0..6),
        document in "[aAbàÀ]{0,2}",
        oldest: bool,
    ) {
        use crate::domain::company::CompanyKeysText;
        use crate::domain::ids::CompanyId;
        use crate::domain::keys::PartyKeys;
        use crate::domain::matching::{Candidate, CompanyIndex, CompanyStanding, Match, Matcher};

        let created = |years: u32| (years > 0).then(|| Day::from_ymd(2000 + years.cast_signed(), 1, 1).unwrap());
        let held: Vec<(CompanyKeysText, Option<Day>, CompanyId)> = companies
            .iter()
            .enumerate()
            .map(|(place, (vat, years))| {
                let keys = CompanyKeysText { vat_number: Some(vat.clone()), ..CompanyKeysText::default() };
                (keys, created(*years), CompanyId::new(format!("C{place}")))
            })
            .collect();
        let policy = if oldest { AmbiguousKeys::Oldest } else { AmbiguousKeys::Skip };
        let matcher = Matcher::as_it_stands(
            (0..).zip(&held).map(|(place, (keys, created, id))| {
                Candidate { index: CompanyIndex(place), keys, created: *created, id }
            }),
            policy,
        );

        let rows = (0..).zip(&companies).map(|(place, (vat, years))| {
            let created = created(*years).map(|day| day.to_string()).unwrap_or_default();
            format!("C{place},,{vat},,,,,{created},,\n")
        });
        let mut case = Case::new(&rows.collect::<String>(), &format!("D1,{document},2024-01-10,invoice,10\n"));
        case.rules.ambiguous = policy;
        let (outcome, lines) = case.run();

        let found = match matcher.find(&PartyKeys::as_it_stands(&document)) {
            Match::Company(CompanyIndex(place)) => format!("C{place}"),
            Match::NoKey => "no key".to_owned(),
            Match::NoCompany => "no company".to_owned(),
            Match::Ambiguous { .. } => "ambiguous".to_owned(),
        };
        let has_documents = lines.iter().find(|line| line.contains("2024-01-10"));
        let computed = match (has_documents, outcome.documents.unmatched.keys().next()) {
            (Some(line), _) => line.split(',').next().unwrap(),
            (None, Some(UnmatchedReason::NoKey)) => "no key",
            (None, Some(UnmatchedReason::NoCompany)) => "no company",
            (None, Some(UnmatchedReason::Ambiguous)) => "ambiguous",
            (None, None) => "lost",
        };
        proptest::prop_assert_eq!(computed, found);
        for (place, line) in (0..).zip(&lines) {
            let keyed = matcher.standing(CompanyIndex(place)) == CompanyStanding::Keyed;
            proptest::prop_assert_eq!(!line.ends_with(&",".repeat(19)), keyed, "{}", line);
        }
    }
}
