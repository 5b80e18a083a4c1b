//! What `README.md` says of proposals.

use fantail_core::features::{Features, Proposal};

/// A switch is called as its proposal is, but for this one.
fn switch(proposal: Proposal) -> String {
    match proposal {
        Proposal::Exceptions => "exceptions".to_owned(),
        proposal => proposal.name().replace('-', "_"),
    }
}

#[test]
fn every_proposal_is_listed_with_its_default() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let text = std::fs::read_to_string(path).expect("it is there");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    for &proposal in Proposal::ALL.iter().filter(|proposal| **proposal != Proposal::Core) {
        let name = format!("`{}`", switch(proposal));
        let defaults: Vec<&str> =
            rows.iter().filter(|row| row.len() > 3 && row[2] == name).map(|row| row[3]).collect();
        let expected = if Features::default().has(proposal) { "on" } else { "off" };
        assert_eq!(defaults, [expected], "{name}");
    }
}
