const FOLDER = new URL('examples/', document.baseURI);

/** The example set that comes with the page, as files. `onFile` hears of each image. */
export async function exampleFiles(
  onFile: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<File[]> {
  const captions = await fetchFile('captions.csv', signal);
  const rows = (await captions.text()).trim().split('\n').slice(1);
  const names = rows.map((row) => row.slice(0, row.indexOf(',')));
  let done = 0;
  const images = await Promise.all(
    names.map(async (name) => {
      const file = await fetchFile(name, signal);
      done += 1;
      onFile(done, names.length);
      return file;
    }),
  );
  return [captions, ...images];
}

async function fetchFile(name: string, signal: AbortSignal): Promise<File> {
  const response = await fetch(new URL(name, FOLDER), { signal });
  if (!response.ok) throw new Error(`examples/${name}: the server answered ${response.status}`);
  return new File([await response.blob()], name);
}
