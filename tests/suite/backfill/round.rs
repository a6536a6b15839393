//! What `backfill` and `update` say, ask and leave alone.

use std::time::Duration;

use contango::ingest::Lock;

use super::{Place, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_and_nothing_is_asked() {
    let place = Place::new(None, Duration::ZERO).await;
    let output = place.run(&["backfill", "us_treasury", "bcb_ptax", "--since", &place.since, "--dry-run", "--format", "csv"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let plan = text(&output.stdout);
    assert!(plan.starts_with("source,window,state\nus_treasury,US_PAR "), "{plan}");
    assert!(plan.lines().skip(1).all(|line| line.ends_with(",to ask")), "{plan}");
    assert!(place.asked().await.is_empty() && !place.data().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_refused_with_the_way_to_have_it() {
    let place = Place::new(None, Duration::ZERO).await;
    for (source, said) in [
        ("databento", "`databento` costs money: it is bought, not asked for by itself"),
        ("bars", "`bars` has no server: its files are taken, not asked for by itself"),
        ("bcb_sg", "did you mean `bcb_sgs`?"),
    ] {
        let output = place.run(&["backfill", source]).await;
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_down_stops_no_other_and_is_told() {
    let place = Place::new(None, Duration::ZERO).await;
    std::fs::write(place.folder.path().join("servers.toml"), super::World::overlay(&place.server.uri()).replace("/sidra\"", "/nowhere\""))
        .expect("written");
    let output = place.run(&["backfill", "ibge_sidra", "us_treasury", "--since", &place.since, "--format", "csv"]).await;
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    let line = |source: &str| table.lines().find(|line| line.starts_with(source)).unwrap_or_default().to_string();
    assert!(line("ibge_sidra").starts_with("ibge_sidra,failed,"), "{table}");
    assert!(line("us_treasury").starts_with("us_treasury,complete,"), "{table}");
    assert!(text(&output.stderr).contains("ibge_sidra: "), "{}", text(&output.stderr));
    let header = "source,state,windows,rows,new,revised,rejected,gaps,seconds,next_release";
    assert_eq!(table.lines().next(), Some(header));
    assert!(!line("us_treasury").ends_with(','), "when its next curve comes out is known: {table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_asks_for_what_is_due_and_tells_what_is_late() {
    let place = Place::new(None, Duration::ZERO).await;
    let output = place.run(&["update"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("begin with `contango backfill`"), "{}", text(&output.stderr));
    assert!(place.asked().await.is_empty());

    let output = place.run(&["backfill", "fred", "bcb_ptax", "--since", &place.since, "--quiet"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let n_asked = place.asked().await.len();
    let output = place.run(&["update", "--notify", "cat > told.txt"]).await;
    assert_eq!(output.status.code(), Some(1), "FRED's newest figures are months old: {}", text(&output.stderr));
    assert!(text(&output.stderr).contains("late: fred PAYEMS: newest is "), "{}", text(&output.stderr));
    let told = std::fs::read_to_string(place.folder.path().join("told.txt")).expect("the command was run");
    assert!(told.starts_with("contango update: ") && told.contains("late: fred PAYEMS"), "{told}");
    let asked = place.asked().await.split_off(n_asked);
    assert!(asked.iter().any(|path| path.starts_with("/fred/")), "{asked:?}");
    assert!(asked.iter().all(|path| path.starts_with("/fred/") || path.starts_with("/ptax/")), "what is not held is not begun: {asked:?}");
    let last_run =
        place.run(&["-c", "SELECT command, failed FROM meta.ingest_runs WHERE source = 'fred' ORDER BY run_id", "--format", "csv"]).await;
    assert_eq!(text(&last_run.stdout), "command,failed\nbackfill,0\nupdate,0\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_do_not_run_at_once() {
    let place = Place::new(None, Duration::ZERO).await;
    let lock = Lock::take(&place.data(), "backfill").expect("free");
    let output = place.run(&["update"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is at work in this data folder"), "{}", text(&output.stderr));
    drop(lock);
    assert_eq!(place.run(&["update"]).await.status.code(), Some(0));
}
