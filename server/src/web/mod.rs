//! The analysts' workbench: the page that is built into the binary, and what lets a browser call the services.

mod files;
mod layer;

pub use layer::WebLayer;
