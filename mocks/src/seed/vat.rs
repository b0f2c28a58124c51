//! VAT numbers derived from an index.

/// The VAT number of the company with this index (from 1): `IT`, `99`, the index on eight digits, and the check digit
/// of the Italian Partita IVA (Luhn over the ten digits before it). Index 1 is IT99000000010.
pub fn vat_number(index: u64) -> String {
    let digits = format!("99{:08}", index % 100_000_000);
    let sum: u32 = digits
        .bytes()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0');
            if at % 2 == 0 { value } else { value / 5 + value * 2 % 10 }
        })
        .sum();
    format!("IT{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_numbers_of_cluster_301() {
        let made: Vec<String> = (1..=5).map(vat_number).collect();
        assert_eq!(
            made,
            ["IT99000000010", "IT99000000028", "IT99000000036", "IT99000000044", "IT99000000051"]
        );
    }
}
