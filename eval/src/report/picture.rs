//! The reliability picture: how often answers of each confidence are right.

use std::path::Path;

use plotters::prelude::*;

use super::Row;
use crate::metrics::ReliabilityBin;
use crate::{Error, Result};

const COLUMNS: usize = 4;
const PANEL_SIZE: u32 = 280;
/// Radius of a bin that holds every answer, in pixels.
const LARGEST_POINT: f64 = 12.0;

/// Draw one panel for each row whose answers carry a probability, as SVG. On the diagonal an answer is right as often as
/// it is sure; the size of a point says how many answers are in its bin.
///
/// # Errors
/// The file cannot be written, or no row has probabilities.
pub fn draw_reliability(rows: &[Row], path: &Path) -> Result<()> {
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.reliability.is_empty()).collect();
    if rows.is_empty() {
        return Err(Error::TooLittleData("no row has probabilities to draw".to_owned()));
    }
    let lines = rows.len().div_ceil(COLUMNS);
    let size = (COLUMNS as u32 * PANEL_SIZE, lines as u32 * PANEL_SIZE);
    let area = SVGBackend::new(path, size).into_drawing_area();
    let drawn = area.fill(&WHITE).and_then(|()| {
        let panels = area.split_evenly((lines, COLUMNS));
        panels.iter().zip(&rows).try_for_each(|(panel, row)| draw_panel(panel, row))?;
        area.present()
    });
    drawn.map_err(|error| Error::Picture { path: path.to_owned(), reason: error.to_string() })
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn<'a> = std::result::Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

fn draw_panel<'a>(panel: &Area<'a>, row: &Row) -> Drawn<'a> {
    let title = format!("{}, {}", row.task, row.data);
    let mut chart = ChartBuilder::on(panel)
        .caption(title, ("sans-serif", 14))
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(34)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    chart.configure_mesh().max_light_lines(1).x_labels(6).y_labels(6).x_desc("confidence").y_desc("right").draw()?;
    chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], &BLACK.mix(0.4)))?;
    let answers: usize = row.reliability.iter().map(|bin| bin.answers).sum();
    let point = |bin: &ReliabilityBin| {
        let share = bin.answers as f64 / answers as f64;
        Circle::new((bin.confidence, bin.right), 1.0 + LARGEST_POINT * share.sqrt(), BLUE.mix(0.6).filled())
    };
    chart.draw_series(row.reliability.iter().map(point))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Bootstrap;
    use crate::report::{Answers, Heading};

    #[test]
    fn the_picture_has_a_panel_for_each_row_with_probabilities() {
        let mut answers = Answers::default();
        answers.add(0, "", &["a"], &["a"]);
        let heading = |task: &str| Heading { task: task.to_owned(), ..Heading::default() };
        let without = answers.row(heading("unsure"), 1, &Bootstrap::default());
        answers.add_confidence(0.8, true);
        let with = answers.row(heading("sure"), 1, &Bootstrap::default());

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("reliability.svg");
        draw_reliability(&[without.clone(), with], &path).expect("it is drawn");
        let picture = std::fs::read_to_string(&path).expect("it is there");
        assert!(picture.contains("<svg") && picture.contains("sure") && !picture.contains("unsure"));
        assert!(draw_reliability(&[without], &path).is_err());
    }
}
