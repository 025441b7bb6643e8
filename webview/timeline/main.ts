import { readTimelineMessage, type TimelineIntent } from '../../src/protocol/timeline';
import { App } from './app';
import { registerControls } from './controls';
import { readSavedView } from './savedView';

declare function acquireVsCodeApi(): {
  postMessage(intent: TimelineIntent): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const host = acquireVsCodeApi();
const language = document.documentElement.lang;
registerControls();
const app = new App(document.body, {
  send: (intent) => host.postMessage(intent),
  save: (view) => host.setState(view),
  saved: readSavedView(host.getState()),
  reader: { locale: language === '' ? navigator.language : language },
});
window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const message = readTimelineMessage(event.data);
  if (message) app.receive(message);
});
