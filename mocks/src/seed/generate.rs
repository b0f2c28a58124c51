//! Large portals for benchmarks, the same for the same numbers.

use super::cluster301::people_properties;
use super::vat::vat_number;
use crate::hubspot::{Kind, Pipeline, Portal};

/// How much to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Companies; the VAT number of the n-th is [`vat_number`]`(n)`.
    pub companies: u64,
    /// Deals, each of one company.
    pub deals: u64,
    /// Those of them that are open in the pipeline `sales`; the others are closed.
    pub open: u64,
    /// Another seed gives other potentials, categories and companies of deals.
    pub seed: u64,
}

/// A small generator of numbers (`SplitMix64`).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}

const START_MS: i64 = 1_577_836_800_000;

/// A portal of this size: pipelines `sales`, `ecommerce` and `other`, six owners, all companies with a VAT number.
pub fn portal(size: Size) -> Portal {
    let mut numbers = Numbers(size.seed);
    let mut portal = Portal::new();
    people_properties(&mut portal);
    for name in ["sales", "ecommerce", "other"] {
        portal.add_pipeline(Pipeline::plain(name, name));
    }
    for number in 1..=6 {
        portal.add_owner(70_000_000 + number, &format!("owner-{number}@example.com"), false);
    }
    let mut ids = Vec::new();
    for index in 1..=size.companies {
        let potential = ["high", "low", "low", "lost"][usize::try_from(numbers.below(4)).unwrap_or(0)];
        let category = ["", "INDUSTRIA", "RIVENDITORE", "PA"][usize::try_from(numbers.below(4)).unwrap_or(0)];
        let owner = (70_000_001 + numbers.below(6)).to_string();
        let name = format!("Azienda {index:06} S.r.l.");
        let vat = vat_number(index);
        let values = [
            ("name", name.as_str()),
            ("vat_number", vat.as_str()),
            ("potential", potential),
            ("customer_category", category),
            ("d_and_p", if numbers.below(5) == 0 { "true" } else { "false" }),
            ("hubspot_owner_id", owner.as_str()),
        ];
        let minutes = i64::try_from(numbers.below(2_000_000)).unwrap_or(0);
        ids.push(portal.add(Kind::Company, START_MS + minutes * 60_000, &values));
    }
    for index in 1..=size.deals {
        let open = index <= size.open;
        let stage = match (open, numbers.below(2)) {
            (true, 0) => "sales_new",
            (true, _) => "sales_offer",
            (false, 0) => "sales_won",
            (false, _) => "sales_lost",
        };
        let name = format!("Deal {index:06}");
        let amount = format!("{}", 100 + numbers.below(50_000));
        let values = [
            ("dealname", name.as_str()),
            ("pipeline", "sales"),
            ("dealstage", stage),
            ("amount", amount.as_str()),
        ];
        let deal = portal.add(Kind::Deal, START_MS, &values);
        let company = usize::try_from(numbers.below(size.companies)).unwrap_or(0);
        if let Some(company) = ids.get(company) {
            portal.associate((Kind::Deal, deal), (Kind::Company, *company));
        }
    }
    portal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_the_same_portal_again() {
        let size = Size { companies: 50, deals: 20, open: 5, seed: 7 };
        let (one, other) = (portal(size), portal(size));
        let open = |portal: &Portal| {
            portal
                .space(Kind::Deal)
                .records
                .values()
                .filter(|d| d.props.get("hs_is_closed") == Some("false"))
                .count()
        };
        assert_eq!(open(&one), 5);
        let values = |portal: &Portal| -> Vec<String> {
            portal.space(Kind::Company).records.values().map(|record| format!("{:?}", record.props)).collect()
        };
        assert_eq!(values(&one), values(&other));
    }
}
