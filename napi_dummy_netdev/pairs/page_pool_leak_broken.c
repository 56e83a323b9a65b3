// SPDX-License-Identifier: GPL-2.0
/*
 * page_pool_leak_broken: a page_pool is destroyed while the ring still holds a page.
 *
 * The rule it breaks: after a driver has disabled NAPI, it must put back the pages
 * that it has posted to the device. A page_pool is freed only when all its pages are
 * back. page_pool_destroy() does not wait for these pages; a work item of the kernel
 * does.
 *
 * Expect this message a minute after the module was unloaded, and then every minute:
 *
 *	page_pool_release_retry() stalled pool shutdown: id 1, 1 inflight 60 sec
 *
 * The kernel survives. The page and the pool are never freed.
 */
#define COMPAT_PAGE_POOL
#include "bench_napi.h"

struct page_pool_leak {
	struct bench_napi nic;
	struct page_pool *pool;
	struct page *posted;		/* where the device will write the next frame */
};

/* Delivers the page that contains a frame, and posts another page. */
static void page_pool_leak_frame(struct page_pool_leak *x)
{
	struct page *page = page_pool_dev_alloc_pages(x->pool);

	/* Without memory the frame is dropped, and its page is used for the next frame. */
	if (!page)
		return;
	/* In a real driver the stack puts the page back when it has finished with the frame. */
	page_pool_put_full_page(x->pool, x->posted, true);
	x->posted = page;
}

static int page_pool_leak_poll(struct napi_struct *napi, int budget)
{
	struct page_pool_leak *x = container_of(napi, struct page_pool_leak, nic.napi);
	int done, i;

	bench_run(x->nic.bdev);
	done = bench_napi_receive(&x->nic, budget);
	for (i = 0; i < done; i++)
		page_pool_leak_frame(x);
	if (done < budget && napi_complete_done(napi, done))
		bench_napi_irq_enable(&x->nic);
	return done;
}

/* Process context. */
static int page_pool_leak_create(struct page_pool_leak *x)
{
	struct page_pool_params params = {
		.pool_size	= 16,
		.nid		= NUMA_NO_NODE,
	};

	x->pool = page_pool_create(&params);
	if (IS_ERR(x->pool))
		return PTR_ERR(x->pool);
	x->posted = page_pool_alloc_pages(x->pool, GFP_KERNEL);
	if (x->posted)
		return 0;
	page_pool_destroy(x->pool);
	return -ENOMEM;
}

/* Process context: NAPI is disabled. */
static void page_pool_leak_destroy(struct page_pool_leak *x)
{
	page_pool_destroy(x->pool);
}

static int page_pool_leak_probe(struct bench_device *bdev)
{
	struct page_pool_leak *x = dev_get_drvdata(&bdev->dev);
	int err;

	err = page_pool_leak_create(x);
	if (err)
		return err;
	err = bench_napi_setup(&x->nic, bdev, bench_napi_top, page_pool_leak_poll);
	if (err)
		page_pool_leak_destroy(x);
	return err;
}

static void page_pool_leak_remove(struct bench_device *bdev)
{
	struct page_pool_leak *x = from_bench(x, bdev, nic);

	bench_napi_remove(bdev);
	page_pool_leak_destroy(x);
}

static struct bench_driver page_pool_leak_driver = {
	.probe = page_pool_leak_probe,
	.remove = page_pool_leak_remove,
	.priv_size = sizeof(struct page_pool_leak),
	.trigger = BENCH_LEVEL,
	.breaks = "broken on purpose: at unload a page of its page_pool is left in the ring",
};
module_bench_driver(page_pool_leak_driver);

MODULE_DESCRIPTION("Broken on purpose: a page_pool destroyed before its last page is back");
MODULE_LICENSE("GPL");
