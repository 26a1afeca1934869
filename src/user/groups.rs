//! Finds the extra groups that a request asks for by name or number.

use alloc::collections::BTreeSet;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::lookup::{LookupError, all_groups, atoi, in_range, truncated};

/// Gives the ids of `wanted` groups, in the order of their first mention; an absent file (`None`) knows none.
///
/// # Errors
///
/// [`LookupError::NoExtraGroup`] for a name with no group left, [`LookupError::Range`] for a number without a group that is
/// outside 0 to 2147483647.
///
/// Source: runc `libcontainer/user/user.go`, `GetAdditionalGroups`.
pub fn extra_groups<S: AsRef<str>>(
    wanted: &[S],
    group: Option<&str>,
) -> Result<Vec<u32>, LookupError> {
    // LP-USER-30
    let mut candidates = Candidates::of(wanted);
    for (name, gid) in all_groups(group) {
        candidates.add(name, gid);
    }
    let mut taken = BTreeSet::new();
    let mut ids = Vec::with_capacity(wanted.len());
    for item in wanted {
        let item = item.as_ref();
        // Podman takes the first group by this name or number whose gid nobody has: so naming one twice by name fails, while by
        // number the number itself steps in.
        let id = match candidates.next_free(item, &taken) {
            Some(id) => id,
            None => match atoi(item) {
                Ok(id) => in_range(id)?.into(),
                Err(_) => return Err(LookupError::NoExtraGroup { group: item.to_string() }),
            },
        };
        if taken.insert(id) {
            // Podman's order is a map's, so random: ours is the request's.
            ids.push(truncated(id));
        }
    }
    Ok(ids)
}

/// Gives the first gid that a wanted group has in the file and that is not from 0 to 2147483647: it would be cut to 32 bits.
pub fn gid_out_of_range<S: AsRef<str>>(wanted: &[S], group: Option<&str>) -> Option<i64> {
    let wanted: BTreeSet<&str> = wanted.iter().map(AsRef::as_ref).collect();
    all_groups(group)
        .find(|(name, gid)| in_range(*gid).is_err() && wanted.contains(name))
        .map(|(_, gid)| gid)
}

/// For each thing wanted, the gids of the groups that it may mean, in the file's order.
#[derive(Debug)]
struct Candidates<'a> {
    /// What is wanted, sorted, each once; its gids; and how many of them are known to be taken.
    items: Vec<(&'a str, Vec<i64>, usize)>,
    /// The items that are spelled as a gid is, sorted by it; and their place in `items`.
    numbers: Vec<(i64, usize)>,
}

impl<'a> Candidates<'a> {
    fn of<S: AsRef<str>>(wanted: &'a [S]) -> Self {
        let mut items: Vec<_> = wanted.iter().map(|item| (item.as_ref(), Vec::new(), 0)).collect();
        items.sort_unstable();
        items.dedup();
        let number = |(place, (item, ..)): (usize, &(&str, _, _))| {
            // `+7` and `007` are numbers, but no gid is spelled so.
            atoi(item).ok().filter(|id| id.to_string() == *item).map(|id| (id, place))
        };
        let mut numbers: Vec<_> = items.iter().enumerate().filter_map(number).collect();
        numbers.sort_unstable();
        Self { items, numbers }
    }

    fn place(&self, item: &str) -> Option<usize> {
        self.items.binary_search_by_key(&item, |(item, ..)| item).ok()
    }

    fn add(&mut self, name: &str, gid: i64) {
        let by_name = self.place(name);
        let by_number = self.numbers.binary_search_by_key(&gid, |(id, _)| *id).ok();
        let by_number = by_number.and_then(|at| self.numbers.get(at)).map(|(_, place)| *place);
        for place in [by_name, by_number].into_iter().flatten() {
            if let Some((_, gids, _)) = self.items.get_mut(place) {
                gids.push(gid);
            }
        }
    }

    fn next_free(&mut self, item: &str, taken: &BTreeSet<i64>) -> Option<i64> {
        let (_, gids, used) = self.place(item).and_then(|place| self.items.get_mut(place))?;
        // What is taken stays taken, so the search goes on where the last one ended.
        let rest = gids.get(*used..).unwrap_or_default();
        let skipped = rest.iter().take_while(|gid| taken.contains(gid)).count();
        *used = used.saturating_add(skipped);
        gids.get(*used).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    const GROUP: &str = "root:x:0:\nwheel:x:10:root\nadmin:x:10:\nstaff:x:50:\nwheel:x:11:\n7:x:70:\n#off:x:9:\n\
                         minus:x:-5:\nodd:x:zz:\nbig:x:3000000000:\n";

    fn found(wanted: &[&str]) -> Result<Vec<u32>, String> {
        extra_groups(wanted, Some(GROUP)).map_err(|error| error.to_string())
    }

    fn unknown(group: &str) -> Result<Vec<u32>, String> {
        Err(["Unable to find group ", group, ": no matching entries in group file"].concat())
    }

    #[test]
    fn groups_are_found_in_the_order_of_the_request() {
        assert_eq!(found(&[]), Ok(Vec::new()));
        assert_eq!(found(&["staff", "wheel"]), Ok([50, 10].to_vec()));
        assert_eq!(found(&["4242", "staff", "0"]), Ok([4242, 50, 0].to_vec()));
        assert_eq!(found(&["big", "odd", "minus"]), Ok([3_000_000_000, 0, u32::MAX - 4].to_vec()));
        assert_eq!(found(&["nogroup-here"]), unknown("nogroup-here"));
        assert_eq!(found(&["off"]), unknown("off"));
        assert_eq!(found(&[""]), unknown(""));
        assert_eq!(found(&["keep-groups", "staff"]), unknown("keep-groups"));
    }

    #[test]
    fn a_gid_is_taken_once_by_name_and_any_time_by_number() {
        assert_eq!(found(&["wheel", "10"]), Ok([10].to_vec()));
        assert_eq!(found(&["10", "10"]), Ok([10].to_vec()));
        assert_eq!(found(&["50", "staff"]), unknown("staff"));
        assert_eq!(found(&["staff", "staff"]), unknown("staff"));
        assert_eq!(found(&["wheel", "admin"]), unknown("admin"));
        // A second line of the same name is the second answer.
        assert_eq!(found(&["wheel", "wheel"]), Ok([10, 11].to_vec()));
        assert_eq!(found(&["wheel", "wheel", "wheel"]), unknown("wheel"));
        assert_eq!(found(&["admin", "wheel"]), Ok([10, 11].to_vec()));
    }

    #[test]
    fn a_number_may_be_a_name() {
        assert_eq!(found(&["7"]), Ok([70].to_vec()));
        assert_eq!(found(&["007"]), Ok([7].to_vec()));
        // `010` is no spelling of 10, but takes it.
        assert_eq!(found(&["010", "wheel"]), Ok([10, 11].to_vec()));
        assert_eq!(found(&["-5"]), Ok([u32::MAX - 4].to_vec()));
    }

    #[test]
    fn a_number_without_a_group_is_range_checked() {
        let range = || Err("uids and gids must be in range 0-2147483647".into());
        assert_eq!(found(&["2147483647"]), Ok([2_147_483_647].to_vec()));
        assert_eq!(found(&["2147483648"]), range());
        assert_eq!(found(&["-1"]), range());
        assert_eq!(found(&["99999999999999999999"]), unknown("99999999999999999999"));
    }

    #[test]
    fn an_absent_file_knows_numbers_alone() {
        assert_eq!(extra_groups(&["5", "6", "5"], None), Ok([5, 6].to_vec()));
        assert_eq!(
            extra_groups(&["wheel"], None),
            Err(LookupError::NoExtraGroup { group: "wheel".into() })
        );
    }
}
