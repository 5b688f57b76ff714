/** A promise and the end of it, for a test that decides when something goes on. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A fault for the door that holds one request back, and knows when it has come. */
export function hold() {
  const arrival = gate();
  const held = gate();
  const until = () => {
    arrival.open();
    return held.opened;
  };
  return { fault: { until }, arrived: arrival.opened, letGo: held.open };
}
