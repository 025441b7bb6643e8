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
/** Saved with the view: the host finds the connection by it when the panel comes back. */
let connectionId: string | undefined;
const app = new App(document.getElementById('timeline') ?? document.body, {
  send: (intent) => host.postMessage(intent),
  save: (view) => host.setState({ ...view, connectionId }),
  saved: readSavedView(host.getState()),
  reader: { locale: language === '' ? navigator.language : language },
});
window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const message = readTimelineMessage(event.data);
  if (message?.kind === 'state' && message.state.connectionId !== connectionId) {
    ({ connectionId } = message.state);
    host.setState({ ...(host.getState() as object | undefined), connectionId });
  }
  if (message) app.receive(message);
});
