//! Long to wide: `PIVOT` at the prompt, `.pivot` over the last result, and the examples.

use crate::support::terminal::{Terminal, demo_lake, shell};

/// The lines of the box that was drawn last.
fn drawn(screen: &str) -> Vec<Vec<String>> {
    let rows = screen.lines().filter(|line| line.starts_with('│'));
    rows.map(|line| line.trim_matches('│').split('│').map(|cell| cell.trim().to_string()).collect()).collect()
}

#[test]
fn last_result_becomes_wide_in_its_own_order() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask(
        "SELECT as_of, category, net FROM cot_tff WHERE root = 'ES' AND category LIKE 'd%' OR root = 'ES' AND category = 'asset_manager' ORDER BY as_of DESC, category DESC LIMIT 4;",
        "(4 rows)",
    );
    let screen = terminal.ask(".pivot", "(2 rows)");
    let rows = drawn(&screen);
    assert_eq!(rows[0], ["as_of", "dealer", "asset_manager"], "{screen}");
    assert_eq!((rows[1][0].as_str(), rows[2][0].as_str()), ("2024-12-31", "2024-12-24"), "{screen}");
    assert_eq!(rows[1][1], "173938", "{screen}");
    let screen = terminal.ask("FROM _ LIMIT 1;", "(1 row)");
    assert!(screen.contains("dealer"), "the wide table is the last result: {screen}");
}

#[test]
fn cell_of_several_rows_is_refused_and_an_aggregate_makes_it_one() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask("SELECT * FROM (VALUES ('ES', 'a', 1), ('ES', 'a', 2), ('CL', 'b', 3)) v(root, kind, n);", "(3 rows)");
    let screen = terminal.ask(".pivot root kind n", "hint:");
    assert!(screen.contains("2 rows of the last result have root = ES, kind = a"), "{screen}");
    let screen = terminal.ask(".pivot root kind sum(n)", "(2 rows)");
    assert_eq!(drawn(&screen), [["root", "a", "b"], ["ES", "3", "NULL"], ["CL", "NULL", "3"]], "{screen}");
    terminal.ask(".pivot rot kind n", "did you mean `root`?");
}

#[test]
fn value_that_is_not_yet_known_is_no_column() {
    let mut terminal = shell(demo_lake()).argument("--clock").argument("2023-02-20").open();
    terminal.wait_for("contango @");
    let pivot = "PIVOT (SELECT root, as_of, net FROM cot WHERE root = 'ES' AND category = 'dealer' AND as_of >= '2023-01-17') ON as_of USING sum(net);";
    let screen = terminal.ask(pivot, "(1 row)");
    assert_eq!(drawn(&screen)[0], ["root", "2023-01-17", "2023-01-24"], "{screen}");
}

#[test]
fn examples_are_listed_shown_and_run() {
    let mut terminal = Terminal::at_prompt(demo_lake());
    terminal.ask(".examples", "Does the next session move with how stretched the funds are?");
    terminal.ask(".examples rolls", "-- Look-ahead avoided: a roll is decided");
    terminal.ask(".examples run before_rolls root=CL", "CLX2022");
    terminal.ask(".examples run crowdde", "did you mean `crowded`?");
    terminal.ask(".examples run rolls rot=CL", "it takes root=CL");
}
