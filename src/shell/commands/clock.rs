//! `.clock`: show, set or reset the instant of knowledge.

use async_trait::async_trait;

use super::{Command, Flow};
use crate::script::Stop;
use crate::shell::Shell;
use crate::time::KnowledgeTime;

pub struct Clock;

#[async_trait(?Send)]
impl Command for Clock {
    fn name(&self) -> &'static str {
        "clock"
    }
    fn argument(&self) -> &'static str {
        "[INSTANT|off]"
    }
    fn doc(&self) -> &'static str {
        "show, set or reset the instant of knowledge, as `SET clock` does"
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        match argument {
            "" => {}
            "off" => shell.session.set_clock(None),
            instant => {
                let instant = instant.trim_matches('\'');
                shell.session.set_clock(Some(KnowledgeTime::parse(instant)?));
            }
        }
        shell.messages.note(&match shell.session.clock() {
            Some(clock) => format!("clock is {clock}"),
            None => "no clock is set: everything is known".to_string(),
        });
        Ok(Flow::Continue)
    }
}
