import { Deck, type DeckProps, type OrthographicView } from '@deck.gl/core';
import type { Model } from '@luma.gl/engine';

type Device = Model['device'];
type Buffer = ReturnType<Device['createFramebuffer']>;
type Props = DeckProps<OrthographicView>;

/**
 * A deck that keeps nobody waiting. A browser without a GPU holds the page up until a canvas that was drawn into can be
 * shown, for as long as WebGL and WebGPU together have work: a second and more. So pictures are drawn beside the canvas,
 * and copied into it once they are there; until then no other is begun.
 */
export class PatientDeck extends Deck<OrthographicView> {
  #canvas: ReturnType<Device['getDefaultCanvasContext']> | undefined;
  /** Where pictures are drawn. */
  #buffer: Buffer | undefined;
  #isDrawing = false;
  #frame = 0;

  /** @param onPicture what was drawn last is on the screen */
  constructor(
    props: Props,
    private readonly onPicture: () => void,
  ) {
    super({
      ...props,
      onDeviceInitialized: (device) => this.#open(device),
      onBeforeRender: () => this.#buffer?.resize(this.#canvas?.getDrawingBufferSize() ?? [1, 1]),
      onAfterRender: (context) => {
        props.onAfterRender?.(context);
        this.#wait(context.gl);
      },
    });
  }

  override redraw(reason?: string): void {
    if (!this.#isDrawing) super.redraw(reason); // what there is to draw stays so
  }

  override finalize(): void {
    cancelAnimationFrame(this.#frame);
    this.#buffer?.destroy();
    super.finalize();
  }

  #open(device: Device): void {
    this.#canvas = device.getDefaultCanvasContext();
    this.#buffer = device.createFramebuffer({
      colorAttachments: ['rgba8unorm'],
      depthStencilAttachment: 'depth24plus-stencil8',
      width: 1,
      height: 1,
    });
    this.setProps({ _framebuffer: this.#buffer as Props['_framebuffer'] });
  }

  #wait(gl: WebGL2RenderingContext): void {
    this.#isDrawing = true;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    const look = (isSoon: boolean) => {
      // null where the context is lost
      const isDrawn = !fence || gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.UNSIGNALED;
      if (!isDrawn) return this.#next(() => look(false));
      gl.deleteSync(fence);
      this.#show(gl);
      if (isSoon) this.#isDrawing = false;
      else this.#next(() => (this.#isDrawing = false)); // what is shown would wait for what is drawn after it
    };
    this.#next(() => look(true));
  }

  #next(then: () => void): void {
    this.#frame = requestAnimationFrame(then);
  }

  #show(gl: WebGL2RenderingContext): void {
    const { width = 0, height = 0, handle } = this.#buffer ?? {};
    this.#canvas?.getCurrentFramebuffer(); // gets its new size, where that changed
    gl.disable(gl.SCISSOR_TEST);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, handle as WebGLFramebuffer);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
    gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT, gl.NEAREST);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, null);
    this.onPicture();
  }
}
