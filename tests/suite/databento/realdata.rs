//! The official decoder's output beside ours, on every real file of the four schemas. The files lie in the folder that `CONTANGO_REAL_DATA`
//! names; without it the test says 'skipped'.
