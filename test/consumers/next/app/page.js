'use client';
import { useEffect } from 'react';
import { cosines } from '../program.js';

export default function Page() {
  useEffect(() => {
    cosines()
      .then(JSON.stringify, String)
      .then((outcome) => {
        globalThis.outcome = outcome;
      });
  }, []);
  return <h1>A page that embeds</h1>;
}
