/** A horizontal band of the chart, in pixels from its top. */
export interface Band {
  readonly top: number;
  readonly height: number;
}

/** Where everything in the chart goes. */
export interface Layout {
  /** Room for names left of the plot; none when the panel is narrow: names go above their lanes then. */
  readonly gutter: number;
  /** Width of the plot. */
  readonly width: number;
  readonly height: number;
  readonly flagRows: number;
  readonly flags: Band;
  readonly bars: Band;
  readonly lanes: readonly Band[];
  readonly coverage: Band;
  readonly axis: Band;
}

const flagRow = 20;
/** Room below the rows for flags whose names do not fit. */
const foldedFlags = 12;
const narrowBelow = 560;

/**
 * Gives the chart about half of the page: first the least that bars need, then lanes, then taller bars.
 * `longestName` is that of the lanes, in pixels.
 */
export function layOutChart(width: number, pageHeight: number, lanesWanted: number, longestName = 0): Layout {
  const narrow = width < narrowBelow;
  const gutter = narrow ? 0 : Math.min(Math.max(longestName + 18, 100), Math.round(width * 0.22), 220);
  const laneHeight = narrow ? 32 : 22;
  const flagRows = narrow ? 1 : 2;
  const fixed = flagRows * flagRow + foldedFlags + 8 + 28 + 24;
  const room = Math.min(Math.max(pageHeight * 0.48, 260), 440) - fixed;
  const smallestBars = narrow ? 90 : 104;
  const fitting = Math.floor((room - smallestBars) / laneHeight);
  const laneCount = Math.min(lanesWanted, Math.max(fitting, 1));
  const barsHeight = Math.max(smallestBars, Math.min(room - laneCount * laneHeight, 170));

  const flags = { top: 0, height: flagRows * flagRow + foldedFlags + 4 };
  const bars = { top: flags.height, height: barsHeight };
  const lanesTop = bars.top + bars.height + 6;
  const lanes = Array.from({ length: laneCount }, (_, i) => ({
    top: lanesTop + i * laneHeight,
    height: laneHeight,
  }));
  const coverage = { top: lanesTop + laneCount * laneHeight + 2, height: 26 };
  const axis = { top: coverage.top + coverage.height, height: 24 };
  return {
    gutter,
    width: Math.max(width - gutter, 40),
    height: axis.top + axis.height,
    flagRows,
    flags,
    bars,
    lanes,
    coverage,
    axis,
  };
}
