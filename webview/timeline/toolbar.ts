import { iconButton, picker, type Option } from './controls';
import { button, h, setAttribute, setText } from './dom';
import { icon } from './icons';
import type { Actions, Model, Part } from './model';
import { readTimeInput, writeTimeInput } from './timeInput';

/** The scope, the moment as text, and the view. */
export class Toolbar implements Part {
  readonly element: HTMLElement;
  readonly #scope;
  readonly #input = h('input', {
    class: 'time-input',
    type: 'text',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-describedby': 'time-error',
  });
  readonly #error = h('div', { id: 'time-error', class: 'time-error', role: 'alert' });
  readonly #go;
  readonly #view = h('div', { class: 'view', role: 'group' });
  readonly #zoomOut;
  readonly #zoomIn;
  readonly #fit = h('span');
  readonly #fitButton;
  readonly #follow = h('span');
  readonly #followButton;
  readonly #actions: Actions;
  #model: Model | undefined;
  #edited = false;
  #offeredFrom: readonly unknown[] = [];
  #scopes: readonly Option[] = [];

  constructor(actions: Actions) {
    this.#actions = actions;
    this.#scope = picker((value) => actions.pickScope(value === '' ? undefined : value));
    this.#go = iconButton('forward', () => this.#read());
    this.#zoomOut = iconButton('minus', () => actions.zoom(1 / 1.8));
    this.#zoomIn = iconButton('plus', () => actions.zoom(1.8));
    this.#fitButton = button({ class: 'view-button' }, () => actions.fit(), icon('fit'), this.#fit);
    this.#followButton = button(
      { class: 'view-button' },
      () => actions.follow(!(this.#model?.follow ?? false)),
      icon('follow'),
      this.#follow,
    );
    this.#view.append(this.#zoomOut.element, this.#zoomIn.element, this.#fitButton, this.#followButton);
    const time = h('div', { class: 'time' }, this.#input, this.#go.element, this.#error);
    this.element = h('div', { class: 'toolbar' }, this.#scope.element, time, this.#view);
    this.#listen();
  }

  update(model: Model): void {
    this.#model = model;
    const { texts, planned } = model;
    const offeredFrom = [texts, model.state, model.scope];
    if (offeredFrom.some((part, i) => part !== this.#offeredFrom[i])) {
      this.#offeredFrom = offeredFrom;
      this.#scopes = scopeOptions(model);
    }
    this.#scope.update(texts.get('scope.label'), this.#scopes, model.scope ?? '');
    setAttribute(this.#input, 'aria-label', texts.get('time.label'));
    setAttribute(this.#input, 'placeholder', texts.get('time.placeholder'));
    setAttribute(this.#view, 'aria-label', texts.get('view.label'));
    this.#go.update(texts.get('time.go'));
    this.#zoomIn.update(texts.get('zoom.in'));
    this.#zoomOut.update(texts.get('zoom.out'));
    setText(this.#fit, texts.get('zoom.fitShort'));
    setAttribute(this.#fitButton, 'title', texts.get('zoom.fit'));
    setText(this.#follow, texts.get('zoom.follow'));
    setAttribute(this.#followButton, 'aria-pressed', String(model.follow));
    if (this.#edited || planned.kind === 'none') return;
    const value = writeTimeInput(planned.moment.ms);
    if (this.#input.value !== value) this.#input.value = value;
  }

  #listen(): void {
    this.#input.addEventListener('input', () => {
      this.#edited = true;
      this.#showError(false);
    });
    this.#input.addEventListener('focus', () => this.#input.select());
    this.#input.addEventListener('blur', () => {
      if (this.#input.getAttribute('aria-invalid') === 'true') return;
      this.#edited = false;
      if (this.#model) this.update(this.#model);
    });
    this.#input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.#read();
      if (event.key !== 'Escape') return;
      this.#edited = false;
      this.#showError(false);
      if (this.#model) this.update(this.#model);
    });
  }

  #read(): void {
    if (!this.#model || !this.#edited) return;
    const typed = readTimeInput(this.#input.value, this.#model.nowMs);
    this.#showError(typed === undefined);
    if (typed === undefined) return;
    this.#edited = false;
    this.#actions.choose(typed, 'now');
  }

  #showError(shown: boolean): void {
    setAttribute(this.#input, 'aria-invalid', shown ? 'true' : undefined);
    setText(this.#error, shown && this.#model ? this.#model.texts.get('time.invalid') : '');
  }
}

function scopeOptions({ state, scope, texts }: Model): readonly Option[] {
  const scopes =
    scope === undefined || state.scopes.includes(scope) ? state.scopes : [...state.scopes, scope];
  return [
    { value: '', label: texts.get('scope.all'), nested: false },
    ...scopes.map((value) => ({ value, label: value, nested: value.includes('.') })),
  ];
}
