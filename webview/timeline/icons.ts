import { svg } from './dom';

/** Outlines on a 16 by 16 grid. */
const paths = {
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  fit: 'M2 4v8M14 4v8M5 8h6M7 5.8 4.8 8 7 10.2M9 5.8 11.2 8 9 10.2',
  follow: 'M3 4.5 7.5 8 3 11.5zM12.5 3v10',
  back: 'M10 3.5 5.5 8l4.5 4.5',
  forward: 'M6 3.5 10.5 8 6 12.5',
  flag: 'M4 14V2.5h8.5L10.5 6l2 3.5H4',
  diamond: 'M8 2.5 13.5 8 8 13.5 2.5 8z',
  warning: 'M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 11.6v.4',
  error: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v4M8 10.8v.4',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  table: 'M2 3.5h12v9H2zM2 6.5h12M6 6.5v6',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  camera: 'M2 5h3l1-1.5h4L11 5h3v7.5H2zM8 6.6a2.1 2.1 0 1 0 0 4.2 2.1 2.1 0 0 0 0-4.2z',
  trash: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5M7 7v3.5M9 7v3.5',
  pencil: 'M3 13l.7-3 7-7 2.3 2.3-7 7zM9.2 4.5l2.3 2.3',
  rename: 'M2.5 8h10M9 4.5 12.5 8 9 11.5',
  list: 'M6 4.5h7.5M6 8h7.5M6 11.5h7.5M2.5 4.5h1M2.5 8h1M2.5 11.5h1',
  sliders: 'M2.5 5h5M11 5h2.5M2.5 11h2.5M8.5 11h5M7.5 3.4h3.5v3.2H7.5zM5 9.4h3.5v3.2H5z',
  out: 'M2.5 3.5v9h6M6 8h7.5M10.5 5l3 3-3 3',
  braces:
    'M6 2.5c-2 0-1 4-1 4.5S4 8 3 8c1 0 2 .5 2 1s-1 4.5 1 4.5M10 2.5c2 0 1 4 1 4.5s1 1 2 1c-1 0-2 .5-2 1s1 4.5-1 4.5',
  compare: 'M7 2.5v11M2 4.5h5M2 11.5h5M9.5 4.5H14M9.5 11.5H14M9.5 8H14M2 8h5',
  undo: 'M5.5 3 2.5 6l3 3M2.5 6H10a3.5 3.5 0 0 1 0 7H6',
  restore: 'M3 8a5 5 0 1 0 1.6-3.7L3 5.8M3 2.8v3h3M8 5.2V8l2 1.4',
  cut: 'M1 8h2.5M6.5 8H9M12 8h2.5',
} as const;

export type IconName = keyof typeof paths;

/** Decoration only: what it means is said in text beside it or in a label. */
export function icon(name: IconName): SVGElement {
  return svg(
    'svg',
    { class: `icon icon-${name}`, viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    svg('path', { d: paths[name] }),
  );
}
