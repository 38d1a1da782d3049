"""The shards of a plan by Spark: spark-submit spark_pipe.py plan.json results/

Each partition pipes the indices of its shards into one worker, which loads the model once and tells, a line of JSON each, what
became of them. Spark runs a task again that fails, and at times twice at once: a shard counts once all the same.
"""

import json
import sys

from pyspark.sql import SparkSession

PARTITIONS = 64


def main(plan: str, results: str) -> None:
    spark = SparkSession.builder.appName("shards").getOrCreate()
    with open(plan) as file:
        shards = len(json.load(file)["shards"])
    worker = f"biomedclip-webgpu embed --shards {plan} --shard - -o {results} --on-error skip --quiet"
    indices = spark.sparkContext.parallelize(range(shards), min(shards, PARTITIONS))
    news = indices.pipe(worker, checkCode=True).map(json.loads)
    print(dict(news.map(lambda one: one["became"]).countByValue()))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
