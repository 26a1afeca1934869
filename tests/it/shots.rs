//! Compares with snapshots, and says which cases differ.

use crate::ground::root;

/// Runs `check` on each case and says at the end which ones failed.
pub(crate) fn each(cases: &[String], check: impl Fn(&str) + std::panic::RefUnwindSafe) {
    let failed: Vec<&String> =
        cases.iter().filter(|name| std::panic::catch_unwind(|| check(name)).is_err()).collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:?}", failed.len(), cases.len());
}

/// A snapshot below `snapshots/`, by its name `<area>/<case>.<kind>`.
pub(crate) fn snapshot(name: &str, about: &str, text: &str) {
    let (area, case) = name.split_once('/').unwrap();
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(root().join("snapshots").join(area));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(about);
    settings.bind(|| insta::assert_snapshot!(case, text));
}
