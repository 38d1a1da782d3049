import { useSignal } from '@preact/signals';

interface ThumbnailProps {
  readonly url: string | undefined;
  /** Of the file. */
  readonly name: string;
  /** Empty where the name stands beside it. */
  readonly alt?: string;
}

/** An image, or the kind of file where there is none to show, as of DICOM or beside saved embeddings. */
export function Thumbnail({ url, name, alt = '' }: ThumbnailProps) {
  const unseen = useSignal<string | undefined>(undefined);
  if (url === undefined || unseen.value === url) {
    const kind = /\.([a-z\d]+)(?:\.gz)?$/i.exec(name)?.[1] ?? 'file';
    return (
      <span class="file-mark" {...(alt ? { role: 'img', 'aria-label': alt } : { 'aria-hidden': true })}>
        {kind.toUpperCase()}
      </span>
    );
  }
  return (
    <img
      src={url}
      alt={alt}
      loading="lazy"
      onError={() => {
        unseen.value = url;
      }}
    />
  );
}
