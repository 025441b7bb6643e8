import * as vscode from 'vscode';

/** Asks until `opens` accepts what is typed; `undefined` when the user turns away. */
export async function askPassphrase(
  name: string,
  opens: (typed: string) => Promise<boolean>,
): Promise<string | undefined> {
  const prompt = vscode.l10n.t('The repository is encrypted. Its passphrase is kept in secret storage only.');
  return await ask(vscode.l10n.t('Passphrase of {0}', name), prompt, async (typed) =>
    (await opens(typed))
      ? undefined
      : vscode.l10n.t('That is not the passphrase of this repository. Type it again.'),
  );
}

/** Asks twice for the passphrase of a repository that is still to be made. */
export async function askNewPassphrase(name: string): Promise<string | undefined> {
  const title = vscode.l10n.t('New Passphrase for {0}', name);
  const warning = vscode.l10n.t('Keep a copy of it elsewhere: without it nobody can read these backups.');
  const first = await ask(title, warning, () => Promise.resolve(undefined));
  if (first === undefined) return undefined;
  return await ask(title, vscode.l10n.t('Type it once more.'), (typed) =>
    Promise.resolve(typed === first ? undefined : vscode.l10n.t('The two are not the same.')),
  );
}

/** An input whose answer is checked; the problem is shown, and the box stays open. */
function ask(
  title: string,
  prompt: string,
  problemOf: (typed: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const input = vscode.window.createInputBox();
  Object.assign(input, { title, prompt, password: true, ignoreFocusOut: true });
  const check = async (): Promise<boolean> => {
    if (input.value === '') return false;
    input.busy = true;
    input.enabled = false;
    const problem = await problemOf(input.value);
    input.busy = false;
    input.enabled = true;
    input.validationMessage = problem;
    return problem === undefined;
  };
  return new Promise<string | undefined>((resolve, reject) => {
    input.onDidChangeValue(() => (input.validationMessage = undefined));
    input.onDidAccept(() => {
      check().then((isRight) => {
        if (isRight) resolve(input.value);
      }, reject);
    });
    input.onDidHide(() => resolve(undefined));
    input.show();
  }).finally(() => input.dispose());
}
