//! The SVG as pixels, with a font of our own: no system needs to have one. Pure: bytes out.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::error::{Error, Result};

/// Pixels for one of the SVG: sharp on paper and on dense screens.
const SCALE: f32 = 2.0;

/// The font's name for itself.
const FAMILY: &str = "Ubuntu";

/// # Errors
/// The picture does not fit into memory.
pub fn rasterise(svg: &str) -> Result<Vec<u8>> {
    let failed = |why: &dyn std::fmt::Display| Error::internal(format!("cannot turn the picture into pixels: {why}"));
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    // For what the first has no glyph for.
    fonts.load_font_data(epaint_default_fonts::HACK_REGULAR.to_vec());
    fonts.set_sans_serif_family(FAMILY);
    let options = Options { font_family: FAMILY.to_string(), fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(&error))?;
    let size = tree.size().to_int_size().scale_by(SCALE).ok_or_else(|| failed(&"it has no size"))?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or_else(|| failed(&"it is too large"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_drawn_with_the_font_that_comes_along() {
        let page = |text: &str| {
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60\" height=\"20\"><text x=\"2\" y=\"15\">{text}</text></svg>")
        };
        let (blank, written) = (rasterise(&page("")).expect("pixels"), rasterise(&page("net")).expect("pixels"));
        assert_eq!(&blank[..4], b"\x89PNG");
        assert_ne!(blank, written);
        assert!(rasterise("no svg").is_err());
    }
}
