/** Makes a group of buttons one stop of the Tab key; arrow keys, Home and End go from button to button. */
export function rove(group: HTMLElement, orientation: 'horizontal' | 'vertical'): { refresh(): void } {
  const back = orientation === 'horizontal' ? 'ArrowLeft' : 'ArrowUp';
  const onward = orientation === 'horizontal' ? 'ArrowRight' : 'ArrowDown';
  const items = (): HTMLElement[] => [...group.querySelectorAll<HTMLElement>('button:not([disabled])')];

  const refresh = (): void => {
    const all = items();
    const current = all.find((item) => item.tabIndex === 0) ?? all[0];
    for (const item of all) item.tabIndex = item === current ? 0 : -1;
  };
  group.addEventListener('focusin', (event) => {
    for (const item of items()) item.tabIndex = item === event.target ? 0 : -1;
  });
  group.addEventListener('keydown', (event) => {
    const all = items();
    const at = all.indexOf(event.target as HTMLElement);
    const to = { [back]: at - 1, [onward]: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    all[Math.min(Math.max(to, 0), all.length - 1)]?.focus();
  });
  return { refresh };
}
