//! The names that SQL can say: lake tables with their faces, view families, session tables and views, `meta.*`, and files where they lie.
//!
//! A catalogue is made for one statement. Views are kept as parsed and planned anew each time, so that no plan outlives its clock; naming a
//! table opens nothing, the scan does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::plan_err;
use datafusion::datasource::ViewTable;
use datafusion::error::Result;
use datafusion::logical_expr::TableType;
use datafusion::sql::parser::Statement;

use super::Core;
use super::born::born_table;
use super::context::StatementContext;
use super::depth::{self, MAX_LEVELS_WITH_VIEWS};
use super::face::Face;
use super::honoured::Checked;
use super::scan::KnownTable;
use super::views::{self, Definition};
use super::{breadth, fault, meta, outside, parse, system_time};
use crate::error::Error;
use crate::tables;
use crate::time::KnowledgeTime;

pub const CATALOG: &str = "contango";
pub const SCHEMA: &str = "main";
pub const META: &str = "meta";
/// Views over views over views: deeper than this is a view that names itself.
const MAX_NESTING: usize = 16;

/// Where names are looked up: a statement, or the text of a view inside it.
#[derive(Clone)]
pub struct Scope {
    pub core: Arc<Core>,
    pub context: Arc<StatementContext>,
    /// Whether it is the text of a view.
    is_view: bool,
    /// Texts inside each other: those of views, and those that functions stand for.
    nesting: usize,
    /// How deep all of them go, one inside the other.
    levels: usize,
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scope(nesting {})", self.nesting)
    }
}

impl Scope {
    /// That of a statement.
    pub fn of(core: Arc<Core>, context: Arc<StatementContext>) -> Self {
        Self { core, context, is_view: false, nesting: 0, levels: 0 }
    }

    /// The same place in another context of the same statement.
    pub fn in_context(&self, context: Arc<StatementContext>) -> Self {
        Self { context, ..self.clone() }
    }

    /// The same under all levels of a statement.
    pub fn below(&self, checked: &Checked) -> Self {
        Self { levels: self.levels + checked.levels, ..self.clone() }
    }

    /// That a plan of what stands here would still come apart again.
    ///
    /// # Errors
    /// It would not.
    pub fn ensure_shallow(&self) -> crate::error::Result<()> {
        if self.levels > MAX_LEVELS_WITH_VIEWS { Err(depth::too_deep()) } else { Ok(()) }
    }

    /// That of a text inside this one.
    ///
    /// # Errors
    /// There are too many inside each other.
    pub fn inside(&self) -> crate::error::Result<Self> {
        if self.nesting >= MAX_NESTING {
            return Err(Error::query(format!("views nest deeper than {MAX_NESTING} levels")).hint("does a view name itself?"));
        }
        Ok(Self { nesting: self.nesting + 1, ..self.clone() })
    }

    /// Plans a view of our own in this scope, one level down.
    async fn view(&self, text: &str) -> Result<Arc<dyn TableProvider>> {
        self.view_of(parse::statement(text)?.ok_or_else(|| Error::internal("a view without a text"))?).await
    }

    /// Plans the query of a view in this scope, one level down.
    async fn view_of(&self, query: Statement) -> Result<Arc<dyn TableProvider>> {
        if self.context.views.fetch_add(1, Ordering::Relaxed) >= breadth::MOST_VIEWS {
            return Err(breadth::too_broad().into());
        }
        let inner = Self { is_view: true, ..self.inside()? };
        let text = query.to_string();
        // a place in the view's text is none in the statement
        let plan = inner.core.clone().plan_view(query, inner).await.map_err(|error| fault::explain(error).without_place())?;
        Ok(Arc::new(ViewTable::new(plan, Some(text))))
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let (base, face) = Face::of_name(name);
        if let Some(table) = tables::find(base) {
            return Ok(Some(Arc::new(KnownTable::new(table, face).part(self.is_view))));
        }
        if let Some((family, face)) = views::find(name) {
            let text = match (&family.definition, face) {
                (Definition::Rows(text), _) => views::with_face(text, face)?,
                (Definition::Composed { latest, .. }, Face::Latest) => (*latest).to_string(),
                (Definition::Composed { vintages, .. }, Face::Vintages) => (*vintages).to_string(),
                (Definition::Composed { vintages, figure, .. }, Face::Readings) => views::readings_of(&family.key(), vintages, figure),
                (Definition::Now(text), _) => (*text).to_string(),
                (Definition::Provided { table, .. }, face) => return Ok(Some(Arc::new(table(face)))),
            };
            return self.view(&text).await.map(Some);
        }
        if let Some(table) = self.core.session_table(name) {
            // its columns are as much of what was known later as its rows
            born_table(table.as_ref()).map_or(Ok(()), |table| table.ensure_known_at(self.context.clock))?;
            return Ok(Some(table));
        }
        if let Some(declared) = self.core.declared(name) {
            return outside::known(&declared, self).await.map(Some);
        }
        if let Some(query) = self.core.view(name) {
            return self.view_of(query).await.map(Some);
        }
        outside::open(name, self).await
    }

    /// The same place in a statement that stands at an instant.
    ///
    /// # Errors
    /// The instant is later than its clock.
    pub fn moved_to(&self, instant: KnowledgeTime) -> Result<Self> {
        Ok(self.in_context(Arc::new(self.context.moved_to(instant)?)))
    }

    async fn meta_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(table) = meta::find(name) else {
            return meta::find_stored(name).map(|table| meta::stored(table, &self.core)).transpose();
        };
        match table.content {
            meta::Content::View(text) => self.view(text).await.map(Some),
            meta::Content::Composed(table) => Ok(Some(Arc::new(table()))),
            meta::Content::Columns => {
                let mut families = Vec::new();
                for family in views::FAMILIES {
                    families.extend(self.table(family.name).await?.map(|shown| (family, shown.schema())));
                }
                Ok(Some(meta::columns(&families)?))
            }
            meta::Content::Rows { schema, rows } => Ok(Some(Arc::new(super::computed::Computed::new(schema(), rows)))),
        }
    }

    fn names(&self) -> Vec<String> {
        let own: BTreeSet<String> = views::lake_names().chain(self.core.session_names(self.context.clock)).collect();
        own.into_iter().collect()
    }
}

#[derive(Debug)]
pub struct Catalogue(pub Scope);

impl CatalogProviderList for Catalogue {
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }
    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.to_string()]
    }
    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == CATALOG).then(|| Arc::new(Schemas(self.0.clone())) as Arc<dyn CatalogProvider>)
    }
}

#[derive(Debug)]
struct Schemas(Scope);

impl CatalogProvider for Schemas {
    fn schema_names(&self) -> Vec<String> {
        vec![SCHEMA.to_string(), META.to_string()]
    }
    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        match name {
            SCHEMA => Some(Arc::new(Main(self.0.clone()))),
            META => Some(Arc::new(Meta(self.0.clone()))),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Main(Scope);

#[async_trait]
impl SchemaProvider for Main {
    fn table_names(&self) -> Vec<String> {
        self.0.names()
    }
    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match system_time::moved_from(name) {
            None => self.0.table(name).await,
            Some((name, instant)) => {
                let scope = self.0.moved_to(instant)?;
                bound(name, scope.table(name).await?, &scope).map(Some)
            }
        }
    }
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        let (base, _) = Face::of_name(name);
        if tables::find(base).is_some() {
            return Ok(Some(TableType::Base));
        }
        if views::find(name).is_some() || self.0.core.view(name).is_some() {
            return Ok(Some(TableType::View));
        }
        let declared = self.0.core.declared(name).map(|_| TableType::Base);
        Ok(self.0.core.session_table(name).map(|table| table.table_type()).or(declared))
    }
    fn table_exist(&self, name: &str) -> bool {
        self.0.names().iter().any(|known| known == name)
    }
}

#[derive(Debug)]
struct Meta(Scope);

#[async_trait]
impl SchemaProvider for Meta {
    fn table_names(&self) -> Vec<String> {
        meta::names().map(|(name, _)| name.to_string()).collect()
    }
    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match system_time::moved_from(name) {
            None => self.0.meta_table(name).await,
            Some((name, instant)) => {
                let scope = self.0.moved_to(instant)?;
                bound(&format!("{META}.{name}"), scope.meta_table(name).await?, &scope).map(Some)
            }
        }
    }
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }
    fn table_exist(&self, name: &str) -> bool {
        meta::find(name).is_some() || meta::find_stored(name).is_some()
    }
}

/// What a name that is moved to an instant stands for.
fn bound(name: &str, found: Option<Arc<dyn TableProvider>>, scope: &Scope) -> Result<Arc<dyn TableProvider>> {
    match found {
        Some(found) => system_time::bind(name, found, &scope.context),
        None => plan_err!("table '{name}' not found"),
    }
}
