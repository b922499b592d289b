/** A view's heading, which is the window's title too. */
export function PageHeading({ children: title }: { children: string }) {
  return (
    <>
      <title>{`${title} – Klartext`}</title>
      <h1>{title}</h1>
    </>
  );
}
