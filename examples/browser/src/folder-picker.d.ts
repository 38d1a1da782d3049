// Chromium's folder picker, which TypeScript's DOM library does not have.
interface Window {
  showDirectoryPicker(): Promise<FileSystemDirectoryHandle>;
}
