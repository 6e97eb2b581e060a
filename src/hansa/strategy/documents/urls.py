"""The addresses of documents, below `documents/` of the strategy room."""

from django.urls import path

from hansa.strategy.documents import views

urlpatterns = [
    path("", views.documents, name="documents"),
    path("<int:pk>/", views.document, name="document"),
    path("<int:pk>/state/", views.state, name="document_state"),
    path("run/<int:pk>/<slug:kind>/", views.write, name="write_document"),
    path("writing/<int:pk>/stop/", views.stop, name="stop_writing"),
    path("version/<int:pk>/", views.version, name="document_version"),
    path("version/<int:pk>/compare/", views.compare, name="compare_versions"),
    path("version/<int:pk>/changed/", views.changed, name="changed_figures"),
    path("version/<int:pk>/adopt/", views.adopt, name="adopt_version"),
    path("version/<int:pk>/withdraw/", views.withdraw, name="withdraw_adoption"),
    path("version/<int:pk>/figures.csv", views.figures, name="document_figures"),
    path("version/<int:pk>/document.<slug:ending>", views.download, name="document_file"),
]
