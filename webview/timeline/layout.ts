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
  readonly eventRows: number;
  /** Rows of named events, and below them a row of dots for those without room for a name. */
  readonly events: Band;
  readonly flagRows: number;
  readonly flags: Band;
  readonly bars: Band;
  readonly lanes: readonly Band[];
  readonly coverage: Band;
  readonly axis: Band;
}

export const eventRow = 24;
/** Room below the rows for events that have no room for their names. */
export const foldedEvents = 18;
export const flagRow = 20;
/** Room below the rows for flags whose names do not fit. */
const foldedFlags = 12;
const narrowBelow = 560;

export interface LayoutOptions {
  readonly lanes: number;
  /** Of the lanes' names, in pixels. */
  readonly longestName?: number;
  readonly hasEvents?: boolean;
  readonly hasMarks?: boolean;
}

/**
 * Gives the chart about half of the page: first the least that bars need, then lanes, then taller bars.
 * Events and marks take room only where there are some.
 */
export function layOutChart(
  width: number,
  pageHeight: number,
  { lanes: lanesWanted, longestName = 0, hasEvents = false, hasMarks = false }: LayoutOptions,
): Layout {
  const narrow = width < narrowBelow;
  const gutter = narrow ? 0 : Math.min(Math.max(longestName + 18, 100), Math.round(width * 0.22), 220);
  const laneHeight = narrow ? 32 : 22;
  const eventRows = hasEvents ? (narrow ? 1 : 2) : 0;
  const flagRows = hasMarks ? (narrow ? 1 : 2) : 0;
  const fixed = 2 * flagRow + foldedFlags + 8 + 28 + 24;
  const room = Math.min(Math.max(pageHeight * 0.48, 260), 440) - fixed;
  const smallestBars = narrow ? 90 : 104;
  const fitting = Math.floor((room - smallestBars) / laneHeight);
  const laneCount = Math.min(lanesWanted, Math.max(fitting, 1));
  const barsHeight = Math.max(smallestBars, Math.min(room - laneCount * laneHeight, 170));

  const events = { top: 0, height: hasEvents ? eventRows * eventRow + foldedEvents : 0 };
  const flags = { top: events.height, height: flagRows * flagRow + foldedFlags + 4 };
  const bars = { top: flags.top + flags.height, height: barsHeight };
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
    eventRows,
    events,
    flagRows,
    flags,
    bars,
    lanes,
    coverage,
    axis,
  };
}
